"""The investment answer of many options, which takes minutes: a job that keeps it for the run and the inputs."""

from typing import Any

from django.db import transaction

from dashboard.job_kinds import PORTFOLIO
from functions.selectors import program
from functions.services import lock_program
from gap_scores.selectors import read_board
from improvements.judging import Judge
from improvements.portfolio import Asked, key_of, work_out
from jobs.models import Job
from jobs.running import JobFailedError, tell_progress
from scoring.portfolios import Goal, Rules

KIND = PORTFOLIO
MOVED = "The scores or the initiatives have changed since this was asked. Ask again."


def worked_out(judge: Judge, asked: Asked) -> dict[str, Any] | None:
    """Return what a job worked out for this question, run and these inputs (1 query)."""
    found = Job.objects.filter(kind=KIND, state=Job.State.DONE, about__key=key_of(judge, asked)).order_by("-pk")
    result: dict[str, Any] | None = found.values_list("result", flat=True).first()
    return result


@transaction.atomic
def start_portfolio(*, judge: Judge, asked: Asked, user: Any) -> Job:
    """Have an answer worked out; one that is under way already, or done, is not begun a second time."""
    lock_program()
    key = key_of(judge, asked)
    going = Job.objects.filter(kind=KIND, about__key=key).exclude(
        state__in=[Job.State.FAILED, Job.State.CANCELLED, Job.State.INTERRUPTED]
    )
    there = going.order_by("-pk").first()
    if there is not None:
        return there
    rules = asked.rules
    about = {
        "key": key,
        "cents": asked.cents,
        "goal": asked.goal.value,
        "in": sorted(rules.forced_in),
        "out": sorted(rules.forced_out),
    }
    title = f"Best initiatives for {asked.money.normalize():f}"
    return Job.objects.create(kind=KIND, title=title, about=about, started_by=user)


def question_of(job: Job) -> Asked:
    about = job.about
    return Asked(about["cents"], Goal(about["goal"]), Rules(frozenset(about["in"]), frozenset(about["out"])))


def run_portfolio(job: Job) -> dict[str, Any]:
    asked, judge = question_of(job), Judge(read_board(), program())
    if key_of(judge, asked) != job.about["key"]:
        raise JobFailedError(MOVED)
    return work_out(judge, asked, lambda done, total: tell_progress(job=job, done=done, total=total))
