import time
from tests.bench import test_clockwork as m
from followup import jobs
from followup.services import outbox
pytestmark=m.pytestmark
def test_prof(settings, monkeypatch):
    acc={}
    def meter(obj,name):
        f=getattr(obj,name)
        def g(*a,**k):
            c,w=time.process_time(),time.perf_counter()
            try: return f(*a,**k)
            finally:
                x=acc.setdefault(name,[0,0,0]); x[0]+=1; x[1]+=time.process_time()-c; x[2]+=time.perf_counter()-w
        monkeypatch.setattr(obj,name,g)
    for n in ('_claim','_still_mine','_message','_settle','_hand_over'): meter(outbox,n)
    import smtplib
    meter(smtplib.SMTP,'sendmail')
    from django.core.mail import EmailMultiAlternatives
    meter(EmailMultiAlternatives,'message')
    meter(jobs,'send_urgent_email')
    try: m.test_mails_a_second(settings)
    finally:
        for k,(n,c,w) in acc.items(): print(f"\n{k:20} n={n} cpu/call={c/n*1e6:.0f}us wall={w/n*1e6:.0f}us total cpu/mail={c/2000*1e6:.0f}us",end='')
