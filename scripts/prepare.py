"""Makes ready what `make run` and `make test` need: Debian packages, .venv, locked wheels. What is there is left alone.

It runs before anything is installed, so it uses the standard library only and a syntax that an old Python can read
far enough to say that it is too old.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from ctypes.util import find_library
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
OLDEST_PYTHON = (3, 11)
POSTGRES_BINARIES = "/usr/lib/postgresql"
LOCKS = {"run": "base", "test": "test", "bench": "bench"}
# Debian's package makes and starts a cluster of its own otherwise; ours are thrown away and take free ports.
NO_CLUSTER = Path("/etc/postgresql-common/createcluster.conf")


class PreparationError(Exception):
    """Says in one sentence what is missing and the way out."""


def has_venv_module():
    return subprocess.run([sys.executable, "-c", "import ensurepip, venv"], stderr=subprocess.DEVNULL).returncode == 0


def has_postgres():
    return bool(shutil.which("initdb")) or any(Path(POSTGRES_BINARIES).glob("*/bin/initdb"))


def missing_packages(purpose):
    """Return the Debian packages whose programs are not here, whoever installed them."""
    here = {"python3-venv": has_venv_module()}
    if purpose == "test":
        here["postgresql"] = has_postgres()
        here["redis-server"] = bool(shutil.which("redis-server"))
        here["chromium"] = bool(shutil.which("chromium"))
        # It brings libpango and a font along: what PDFs are drawn with.
        here["libpangoft2-1.0-0"] = bool(find_library("pangoft2-1.0"))
        # Debian keeps it where only root looks.
        here["nginx"] = bool(shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin"))
    return [package for package, found in here.items() if not found]


def install_packages(packages):
    command = ["apt-get", "install", "-y", "--no-install-recommends", *packages]
    if not shutil.which("apt-get") or os.geteuid() != 0:
        raise PreparationError("Missing: %s. As root: apt-get update && %s" % (", ".join(packages), " ".join(command)))
    print("Installing from Debian:", ", ".join(packages), flush=True)
    if "postgresql" in packages and not NO_CLUSTER.exists():
        NO_CLUSTER.parent.mkdir(parents=True, exist_ok=True)
        NO_CLUSTER.write_text("create_main_cluster = false\n")
    environment = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    for step in (["apt-get", "update", "-q"], command):
        done = run_quietly(step, environment)
        if done.returncode:
            print(done.stdout)
            raise PreparationError(
                "apt-get failed (above). Repair it, then run: apt-get update && " + " ".join(command)
            )


def is_working_venv():
    python = VENV / "bin" / "python"
    if not python.exists():
        return False
    version = subprocess.run(
        [str(python), "-c", "import sys; print(sys.version_info >= (3, 11))"], stdout=subprocess.PIPE, text=True
    )
    return version.stdout.strip() == "True"


def make_venv():
    if is_working_venv():
        return
    print("Making .venv", flush=True)
    shutil.rmtree(VENV, ignore_errors=True)
    if subprocess.run([sys.executable, "-m", "venv", str(VENV)]).returncode:
        raise PreparationError(".venv could not be made. As root: apt-get install python3-venv")


def stamp_of(lock):
    return hashlib.sha256((ROOT / "requirements" / (lock + ".lock")).read_bytes()).hexdigest()


def install_wheels(lock):
    """Install a lock file by uv, or by pip where uv cannot reach the index that pip is set up for.

    What they print is shown only when the wheels are not there in the end: pip warns of every index that lacks one.
    """
    stamp = VENV / ("installed-" + lock)
    if stamp.exists() and stamp.read_text() == stamp_of(lock):
        return
    print("Installing the wheels of requirements/%s.lock" % lock, flush=True)
    requirements = str(ROOT / "requirements" / (lock + ".lock"))
    said = []
    # uv itself can only come by pip.
    for install in [by_pip] if lock == "uv" else [by_uv, by_pip]:
        done = install(requirements)
        if done.returncode == 0:
            stamp.write_text(stamp_of(lock))
            return
        said.append(done.stdout)
    print("\n".join(said))
    raise PreparationError("The wheels could not be installed (above). Check the network or pip's index, then retry.")


def by_pip(requirements):
    command = [str(VENV / "bin" / "python"), "-m", "pip", "install", "--quiet", "--require-hashes", "-r", requirements]
    return run_quietly(command, dict(os.environ))


def by_uv(requirements):
    command = [str(VENV / "bin" / "uv"), "pip", "install", "--quiet", "--compile-bytecode", "--require-hashes"]
    environment = dict(os.environ, VIRTUAL_ENV=str(VENV), UV_LINK_MODE="copy", UV_HTTP_TIMEOUT="60", **pip_as_uv())
    # Every wheel is held to its hash, so it does not matter which of several indexes hands it over.
    environment.setdefault("UV_INDEX_STRATEGY", "unsafe-best-match")
    return run_quietly(command + ["-r", requirements], environment)


def run_quietly(command, environment):
    return subprocess.run(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def pip_as_uv():
    """Pass pip's own index settings to uv, which does not read pip's files."""
    variables = {"index-url": "UV_DEFAULT_INDEX", "extra-index-url": "UV_INDEX", "find-links": "UV_FIND_LINKS"}
    pip = [str(VENV / "bin" / "python"), "-m", "pip", "config", "get"]
    found = {}
    for key, variable in variables.items():
        answer = subprocess.run(
            pip + ["global." + key], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        ).stdout.strip()
        if answer and variable not in os.environ:
            found[variable] = answer
    return found


def prepare(purpose):
    if sys.version_info < OLDEST_PYTHON:
        raise PreparationError(
            "Python %d.%d is too old: 3.11 or newer is needed. Install python3.11, or name another: make PYTHON=..."
            % sys.version_info[:2]
        )
    packages = missing_packages(purpose)
    if packages:
        install_packages(packages)
    make_venv()
    install_wheels("uv")
    install_wheels(LOCKS[purpose])


if __name__ == "__main__":
    try:
        prepare(sys.argv[1])
    except PreparationError as error:
        sys.exit(str(error))
