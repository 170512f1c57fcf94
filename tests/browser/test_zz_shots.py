"""Pictures of pages of accounts that the scene lacks."""
import re
from pathlib import Path
from tests.browser.looks import LOOKS, Look, chromium, context_for, overflow
from tests.browser.test_pages import grave_faults
from tests.makers import PASSWORD, a_repo, a_token
from apps.users.accounts.services import invite_person, give_one_time_password
from apps.users.accounts.models import Role
OUT=Path("/tmp/shots"); OUT.mkdir(exist_ok=True)
def test_shots(live_cast, site):
    a_repo(live_cast.owner,"tiny"); a_token(live_cast.owner.user); a_token(live_cast.owner.user)
    invite_person(actor=live_cast.owner.actor, organisation="grove", name="stranger", role=Role.WRITE)
    import urllib.request, json
    from huggingface_hub import constants
    d=json.load(urllib.request.urlopen(site.url+"/oauth/device", data=f"client_id={constants.DEVICE_CODE_OAUTH_CLIENT_ID}".encode()))
    with chromium() as b:
        for look in (Look(), Look(width=390, scheme="dark", language="zh-hans")):
            with context_for(b, site.url, look) as c:
                p=c.new_page()
                p.on("console", lambda m: print("console", m.type, m.text))
                def shot(n):
                    p.wait_for_timeout(300)
                    f=OUT/f"{n}-{look.name}.png"; p.screenshot(path=f, full_page=True); print(n, look.name, p.url, "OVER" if overflow(p)>0 else "", grave_faults(p))
                p.goto("/signup"); shot("signup")
                p.fill("#id_username","models"); p.fill("#id_email","x@example.com"); p.fill("#id_password1","short"); p.click("main form button.primary"); shot("signup-wrong")
                p.goto("/login"); p.fill("#id_login","owner"); p.fill("#id_password",PASSWORD); p.click("main form button.primary"); shot("home")
                for n,u in {"profile":"/owner","org":"/grove","tokens":"/settings/tokens","token-new":"/settings/tokens/new","members":"/organizations/grove/members","orgsettings":"/organizations/grove/settings","password":"/settings/password","device":"/device","device-code":"/device?code="+d["user_code"],"logout":"/logout","people":"/organizations/grove/people","mfa":"/mfa"}.items():
                    p.goto(u); shot(n)
                p.goto("/settings/tokens/new"); p.check("[value=fineGrained]"); shot("token-new-fine")
                p.goto("/mfa/totp/activate"); shot("confirm-access"); p.fill("#id_password",PASSWORD); p.click("main form button.primary"); shot("totp")
                p.goto("/mfa/keys/new"); shot("key-new")
                p.goto("/settings/tokens/new"); p.fill("#id_name", "laptop"); p.click("main form button.primary"); shot("token-made")
