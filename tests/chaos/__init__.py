"""
Everything dies, freezes and loses its connections, in an order that a seed decides, while many
operations are asked for. Then there is quiet, and it is looked at what became of them.
"""
