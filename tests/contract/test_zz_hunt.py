import dataclasses, datetime, secrets
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from maestro import errors
from maestro.domain import operations as o, rooms as r
from maestro.domain.rooms import *
from maestro.domain.operations import *
from maestro.domain.schedulers import PortRange, MatchAllocation
from maestro.ports.storage import *
from tests import make
from tests.contract.conftest import in_memory, in_redis, SHORT_LEASE_S
from tests.fakes.world import World

KINDS=[o.AddRooms(amount=1), o.RemoveRooms(amount=1), o.HealthController(), o.TestOperation(), o.DeleteScheduler(), o.SwitchActiveVersion(new_active_version="v1.1.0"), o.StorageCleanUp()]
ROOMS=["a","b","c"]
STEP=st.one_of(
 st.tuples(st.just("enqueue"), st.integers(0,len(KINDS)-1), st.booleans()),
 st.tuples(st.just("take"), st.booleans()),
 st.tuples(st.just("lapse")),
 st.tuples(st.just("renew")),
 st.tuples(st.just("release")),
 st.tuples(st.just("park"), st.booleans(), st.booleans()),
 st.tuples(st.just("finish"), st.sampled_from(list(OperationStatus)[2:]), st.booleans()),
 st.tuples(st.just("cancel")),
 st.tuples(st.just("choose"), st.integers(0,3)),
 st.tuples(st.just("register"), st.sampled_from(ROOMS), st.booleans()),
 st.tuples(st.just("created"), st.sampled_from(ROOMS), st.integers(1,2)),
 st.tuples(st.just("not_created"), st.sampled_from(ROOMS)),
 st.tuples(st.just("gone"), st.sampled_from(ROOMS)),
 st.tuples(st.just("claim"), st.lists(st.sampled_from(ROOMS),unique=True), st.sets(st.sampled_from(list(RoomStatus)))),
 st.tuples(st.just("accepted"), st.sampled_from(ROOMS)),
 st.tuples(st.just("ping"), st.sampled_from(ROOMS), st.sampled_from(SAYABLE), st.integers(0,3)),
 st.tuples(st.just("configure"), st.integers(1,3)),
 st.tuples(st.just("show"), st.sampled_from(ROOMS), st.integers(1,2), st.integers(1,3), st.integers(1,9), st.sampled_from(list(InstanceStatus)), st.booleans()),
 st.tuples(st.just("end"), st.sampled_from(ROOMS), st.integers(1,2), st.integers(1,3), st.integers(1,9)),
 st.tuples(st.just("absent"), st.sampled_from(ROOMS), st.integers(1,4)),
 st.tuples(st.just("apply")),
 st.tuples(st.just("hint")), st.tuples(st.just("hint_taken")),
 st.tuples(st.just("forget"), st.booleans()),
)
from tests.fakes.rooms import FakeRooms
def _gone(self, grant, rooms):
    now = self._world.clock.now()
    with self._world.granted(grant) as fleet:
        for room in rooms: fleet.forget_room(room, now)
        fleet.rooms_changed()
FakeRooms.gone = _gone
class Run:
    def __init__(self, stores):
        self.s=stores; self.grant=None; self.old=[]; self.ids={}
        stores.rooms.configure(make.scheduler())
    def do(self, step, n):
        verb,*a=step
        try:
            return getattr(self,"do_"+verb)(n,*a)
        except errors.MaestroError as e:
            return (type(e).__name__, str(e).replace("LEASE_LOST ",""))
    def g(self): return self.grant or Grant(scheduler="arena",operation="x",token="none")
    def do_enqueue(self,n,k,gen):
        op=make.operation(KINDS[k], id=f"op-{n:03}", created_at=make.NOW+datetime.timedelta(seconds=(n*7)%5))
        g=None
        if gen: g=self.s.operations.work(["arena"])[0].generation
        return self.s.operations.enqueue(op, generation=g)
    def do_take(self,n,rec):
        t=self.s.operations.take("arena",worker="w",lease_ttl_s=60,may_recover=rec)
        if t is None: return None
        self.grant=t.grant
        return clean(t.operation), t.recovered
    def do_lapse(self,n):
        if self.grant and self.s.operations.renew([self.grant],lease_ttl_s=SHORT_LEASE_S)[0]:
            self.s.let_lease_expire()
    def do_renew(self,n): return self.s.operations.renew([self.g()],lease_ttl_s=60)
    def do_release(self,n): return self.s.operations.release(self.g())
    def do_park(self,n,now,wake):
        until=self.s.now()+datetime.timedelta(hours=-1 if now else 1)
        return self.s.operations.park(self.g(),until=until,wake_on_rooms=wake)
    def do_finish(self,n,status,action):
        g=self.g()
        try: d=self.s.operations.get("arena",g.operation).definition
        except errors.NotFound: d=KINDS[0]
        if isinstance(d,o.HealthController): d=o.HealthController(took_action=action)
        return self.s.operations.finish(g,status,d,event="over")
    def do_cancel(self,n): return sorted(self.s.operations.cancel_waiting("arena",besides=self.g()))
    def do_choose(self,n,v): return self.s.operations.choose(self.g(),{"v":v})
    def do_register(self,n,room,val): return self.s.rooms.register(self.g(),[make.new_room(id=room,operation=self.g().operation,is_validation=val)])
    def do_created(self,n,room,u): return self.s.rooms.created(self.g(),[make.instance(room=room,uid=f"{room}-{u}")])
    def do_not_created(self,n,room): return self.s.rooms.not_created(self.g(),[room])
    def do_gone(self,n,room): return self.s.rooms.gone(self.g(),[room])
    def do_claim(self,n,rooms,allowed): return [rclean(x) for x in self.s.rooms.claim_for_removal(self.g(),rooms,allowed=allowed)]
    def do_accepted(self,n,room): return self.s.rooms.deletions_accepted(self.g(),[room])
    def do_ping(self,n,room,status,m): return self.s.rooms.ping("arena",room,Ping(status=status,running_matches=m,metadata={"n":n}))
    def do_configure(self,n,m): return self.s.rooms.configure(make.scheduler(match_allocation=MatchAllocation(max_matches=m)))
    def do_show(self,n,room,u,e,v,stt,val):
        self.s.changes.push([make.change(make.instance(room=room,uid=f"{room}-{u}",resource_version=str(v),status=stt,is_validation=val,operation=self.g().operation),epoch=e)])
    def do_end(self,n,room,u,e,v):
        self.s.changes.push([make.gone(room=room,uid=f"{room}-{u}",epoch=e,resource_version=str(v))])
    def do_absent(self,n,room,e):
        self.s.let_pass(0.001); t=self.s.now(); self.s.let_pass(0.0005)
        self.s.changes.push([make.absent(t,room=room,epoch=e)])
    def do_apply(self,n): return self.s.changes.apply("arena",limit=10)
    def do_hint(self,n): return self.s.operations.may_hint("arena",ttl_s=60)
    def do_hint_taken(self,n): return self.s.operations.hint_taken("arena")
    def do_forget(self,n,keep):
        g=self.g()
        if not self.s.operations.renew([g],lease_ttl_s=60)[0]: return
        d=self.s.operations.get("arena",g.operation).definition
        self.s.operations.forget("arena",keep=[g.operation])
        self.s.operations.finish(g,OperationStatus.ERROR,d,event="over")
        self.s.rooms.configure(make.scheduler())
    def view(self):
        s=self.s
        pages={st_: [clean(x) for x in s.operations.page("arena",st_,descending=False,limit=100)[0]] for st_ in Stage}
        w=s.operations.work(["arena"])[0]
        return dict(pages=pages, open=dict(s.operations.open_kinds("arena")), work=(w.operations,w.changes,w.rooms_changed,w.generation),
            rooms=[rclean(x) for x in s.rooms.all("arena")], counts={k:v for k,v in s.rooms.counts(["arena"])[0].by_status.items() if v},
            hist={x.id:[e.event.replace("after 1 s","after 0 s") for e in s.operations.get("arena",x.id).history] for p in Stage for x in s.operations.page("arena",p,descending=False,limit=100)[0]},
            known=s.changes.known_rooms(["arena"]))
def clean(op):
    return dataclasses.replace(op,history=(),lease_until=None if op.lease_until is None else make.NOW)
def rclean(x):
    f=lambda t: None if t is None else make.NOW
    return dataclasses.replace(x,created_at=make.NOW,last_ping_at=f(x.last_ping_at),terminating_since=f(x.terminating_since))

@settings(max_examples=2500,deadline=None,suppress_health_check=list(HealthCheck))
@given(steps=st.lists(STEP,min_size=5,max_size=60))
def test_same(redis_client, redis_url, steps):
    prefix="hunt-"+secrets.token_hex(5)
    fake, real = Run(in_memory(World())), Run(in_redis(redis_client,prefix=prefix))
    try:
        for n,step in enumerate(steps):
            a,b=fake.do(step,n),real.do(step,n)
            assert a==b,(n,step)
            va,vb=fake.view(),real.view()
            assert va==vb,(n,step)
    finally:
        for k in redis_client.scan_iter(prefix+"*",count=1000): redis_client.delete(k)
