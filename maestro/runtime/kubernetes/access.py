"""
How the API server is reached: from within the cluster, or by a kubeconfig file.

Only this file and `api.py` use the official client, and only its configuration, credentials and
connections: its typed models are too slow for thousands of pods.
"""

import dataclasses
import pathlib

import yaml
from kubernetes import client, config
from kubernetes.config import ConfigException

from maestro import errors


@dataclasses.dataclass(frozen=True, kw_only=True, slots=True)
class Access:
    """Where to ask, and as whom."""

    #: The file; None: within the cluster.
    kubeconfig: pathlib.Path | None
    #: Of the file; empty: its current one.
    context: str = ""
    connections: int = 40

    def connect(self) -> client.ApiClient:
        """A client with the credentials as they are now. Raises Unavailable. Asks nobody."""
        configuration = client.Configuration()
        try:
            if self.kubeconfig is None:
                config.load_incluster_config(configuration)  # type: ignore[no-untyped-call]
            else:
                config.load_kube_config(  # type: ignore[no-untyped-call]
                    str(self.kubeconfig),
                    context=self.context or None,
                    client_configuration=configuration,
                    persist_config=False,
                )
        except (ConfigException, OSError) as error:
            raise errors.Unavailable(f"access to Kubernetes: {error}") from error
        except (yaml.YAMLError, ValueError, TypeError, KeyError, AttributeError) as error:
            # Half written, perhaps. What cannot be read may be a secret, so it is not told.
            kind = type(error).__name__
            raise errors.Unavailable(f"access to Kubernetes: not readable ({kind})") from None
        configuration.connection_pool_maxsize = self.connections
        # Whoever asks decides whether asking again makes sense.
        configuration.retries = False
        return client.ApiClient(configuration)
