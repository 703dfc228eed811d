"""Four writers at once on the database that the environment names: `python -m tests.faults.writers ACKNOWLEDGED`.

They note what was acknowledged in a file of the test's.
"""

import os
import sys
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "quality_program.settings")
django.setup()

from django.utils import timezone  # noqa: E402  # settings first

from tests.faults.parts import Writer, writing  # noqa: E402
from tests.gap_scores.world import World  # noqa: E402

if __name__ == "__main__":
    world = World(seed=1)
    world.today = timezone.localdate()
    writers = [Writer(world, f"writer{number}", count=15) for number in range(4)]
    with writing(writers):
        pass
    Path(sys.argv[1]).write_text("\n".join(each for writer in writers for each in writer.acknowledged))
