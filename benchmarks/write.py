"""A writer in a process of its own: interviews with their markers, one transaction each, for so many seconds."""

import random
import sys
from time import perf_counter

from django.utils import timezone

from benchmarks.edits import draw_interview, record_interview
from benchmarks.world import SEED, World
from functions.selectors import program_day


def main(answers: str, seconds: str, number: str) -> None:
    world = World(int(answers), program_day(timezone.now()))
    chance = random.Random(SEED + int(number))
    print("ready", flush=True)
    sys.stdin.readline()
    written, end = 0, perf_counter() + float(seconds)
    while perf_counter() < end:
        record_interview(draw_interview(chance, world.customers), world.today, marked=True)
        written += 1
    print(written)
