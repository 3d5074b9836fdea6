"""The main job in a real browser, against the running stack: from the nurse's tap to the physician's acknowledgement."""

import re

import pytest

from followup.demo_ward import PASSWORD
from tests.browser.stack import running_stack, wait_until
from tests.conftest import MailServer

pytestmark = [pytest.mark.browser, pytest.mark.needs_postgresql]
PHYSICIAN, BACKUP = "physician@north.example", "physician2@north.example"


@pytest.fixture(scope="module")
def stack(_running_mail_server: MailServer):
    _running_mail_server.forget()
    with running_stack(_running_mail_server) as stack:
        yield stack


@pytest.fixture
def sign_in(chromium, stack):
    """A fresh browser of its own for each person, so that nurse and physician are signed in side by side."""
    opened = []

    def as_person(address: str, width: int = 1280):
        context = chromium.new_context(viewport={"width": width, "height": 1000})
        opened.append(context)
        page = context.new_page()
        page.problems = []
        page.on("pageerror", lambda error: page.problems.append(str(error)))
        page.on("console", lambda message: page.problems.append(message.text) if message.type == "error" else None)
        page.goto(f"{stack.address}/sign-in/")
        page.get_by_label("E-mail address").fill(address)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url("**/board/")
        return page

    yield as_person
    for context in opened:
        context.close()


def mails_to(stack, address: str, task_id: str = "") -> list:
    return [mail for mail in list(stack.mail.messages) if mail["To"] == address and task_id in mail.as_string()]


def test_new_leg_weakness_reaches_the_physician_and_is_acknowledged(stack, sign_in):
    nurse = sign_in("nurse@north.example", width=768)
    nurse.get_by_role("row").filter(has_text="Alder").get_by_role("link", name="Log").click()
    nurse.check('input[name="motor_L4_R"][value="3"]', force=True)
    nurse.get_by_role("button", name=re.compile("^Save")).first.click()
    nurse.wait_for_url(re.compile(r"/observations/[0-9a-f-]{36}/$"))
    answer = nurse.locator("main").inner_text()
    assert "Emergent" in answer and "New leg weakness" in answer and "MRI" in answer
    assert "5 → 3" in answer and "could not be ruled out" in answer.lower()

    physician = sign_in(PHYSICIAN)
    physician.get_by_role("link", name="Worklist").click()
    item = physician.locator("li[data-row]").filter(has_text="Alder").filter(has_text="MRI").first
    assert "Emergent" in item.inner_text() and "MRI" in item.inner_text() and "Acknowledge" in item.inner_text()

    ((task_id, state),) = stack.rows(
        "SELECT task.public_id, task.state FROM followup_imagingtask task"
        " JOIN procedures_procedure episode ON episode.id = task.procedure_id"
        " JOIN patients_patient patient ON patient.id = episode.patient_id WHERE patient.family_name = 'Alder'"
    )
    assert state == "requested"
    (mail,) = wait_until(lambda: mails_to(stack, PHYSICIAN, str(task_id)))
    assert mail["Subject"] == "1 new urgent item needs review"
    assert not re.search("Alder|DEMO-|weak|MRI", mail.as_string())

    # Nobody answers for a quarter of an hour: the timetable's next look tells the backup.
    stack.rows(
        "UPDATE followup_escalation SET started_at = started_at - interval '15 minutes',"
        " next_due_at = next_due_at - interval '15 minutes' WHERE stopped_at IS NULL AND imaging_task_id ="
        " (SELECT id FROM followup_imagingtask WHERE public_id = %s)",
        task_id,
    )
    wait_until(lambda: mails_to(stack, BACKUP, str(task_id)))

    link = re.search(r"http://\S+/imaging-tasks/\S+/", mail.get_body(("plain",)).get_content()).group()
    physician.goto(link)
    physician.get_by_role("button", name=re.compile("Acknowledge")).first.click()
    physician.wait_for_selector("text=Acknowledged: the task is in your hands.")
    # Nobody is chased to acknowledge any more; the clock for the order runs instead.
    live = stack.rows(
        "SELECT escalation.hop, task.state FROM followup_imagingtask task"
        " JOIN followup_escalation escalation ON escalation.imaging_task_id = task.id"
        " WHERE escalation.stopped_at IS NULL AND task.public_id = %s",
        task_id,
    )
    assert live == [("ORDER", "received")]
    assert len(mails_to(stack, PHYSICIAN, str(task_id))) == 1
    physician.goto(f"{stack.address}/board/")
    row = physician.get_by_role("row").filter(has_text="Alder").inner_text()
    assert "acknowledged" in row.lower()
    assert nurse.problems == [] and physician.problems == []


@pytest.mark.parametrize("width", [1280, 768])
def test_every_main_page_is_free_of_accessibility_faults_and_script_errors(stack, sign_in, width):
    from axe_playwright_python.sync_playwright import Axe

    page = sign_in("lead@north.example", width)
    ((episode, patient),) = stack.rows(
        "SELECT episode.public_id, patient.public_id FROM procedures_procedure episode"
        " JOIN patients_patient patient ON patient.id = episode.patient_id WHERE patient.family_name = 'Larch'"
    )
    ((task,),) = stack.rows("SELECT public_id FROM followup_imagingtask WHERE state = 'reported'")
    ((flag,),) = stack.rows("SELECT public_id FROM followup_redflag WHERE rule_code = 'N3'")
    ((observation,),) = stack.rows(
        "SELECT observation_id FROM (SELECT o.public_id AS observation_id FROM followup_observation o"
        " JOIN followup_flagevidence e ON e.observation_id = o.id ORDER BY e.id LIMIT 1) one"
    )
    ((site,),) = stack.rows("SELECT public_id FROM staff_site WHERE name = 'Demo Hospital North'")
    ((score,), (therapy,), (facts,)) = (
        stack.rows(f"SELECT public_id FROM followup_{table} ORDER BY id LIMIT 1")[0]  # noqa: S608
        for table in ("outcomescore", "bonehealththerapy", "bonehealthfacts")
    )
    axe, faults = Axe(), {}
    for address in (
        "/board/", "/worklist/", "/patients/", "/patients/new/", f"/patients/{patient}/",
        f"/patients/{patient}/procedures/new/", f"/episodes/{episode}/", f"/episodes/{episode}/observations/new/",
        f"/episodes/{episode}/baseline/", f"/observations/{observation}/", f"/imaging-tasks/{task}/", f"/flags/{flag}/",
        f"/episodes/{episode}/selection/", f"/episodes/{episode}/selection/override/", f"/episodes/{episode}/discharge/",
        f"/episodes/{episode}/end-monitoring/", f"/episodes/{episode}/outcomes/", f"/outcomes/{score}/correct/",
        f"/episodes/{episode}/bone-health/", f"/episodes/{episode}/bone-health/therapy/",
        f"/episodes/{episode}/bone-health/facts/", f"/bone-health-therapies/{therapy}/correct/",
        f"/bone-health-facts/{facts}/correct/", "/rulesets/", f"/rulesets/sites/{site}/new/", "/imaging-tasks/figures/",
    ):  # fmt: skip
        answer = page.goto(f"{stack.address}{address}")
        assert answer.status == 200, address
        # The whole page at once: else the save bar, which stays in sight, half covers whatever field is under it just now.
        page.set_viewport_size({"width": width, "height": page.evaluate("document.documentElement.scrollHeight")})
        found = axe.run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]})
        wide = page.evaluate("document.documentElement.scrollWidth > window.innerWidth + 1")
        problems = [f"{one['id']}: {one['nodes'][0]['html'][:120]}" for one in found.response["violations"]]
        if problems or wide:
            faults[address] = [*problems, *(["wider than the screen"] if wide else [])]
        page.set_viewport_size({"width": width, "height": 900})
    assert faults == {}
    assert page.problems == []


def test_the_board_refreshes_without_losing_the_keyboard(stack, sign_in):
    page = sign_in("nurse@north.example")
    log = page.get_by_role("row").filter(has_text="Birch").get_by_role("link", name="Log")
    log.focus()
    focused = page.evaluate("document.activeElement.id || document.activeElement.getAttribute('href')")
    before = page.locator("main").inner_text()
    wait_until(lambda: page.locator("main").inner_text() != before)
    page.wait_for_timeout(300)
    assert page.evaluate("document.activeElement.id || document.activeElement.getAttribute('href')") == focused
