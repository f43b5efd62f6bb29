"""Puts the extensions together: each is the shared shell and what its browser or program needs.

`python -m tools.extensions` makes `build/extensions/chrome`, `firefox` and `thunderbird`, with a
zip file of each.
"""

import shutil
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "extensions"
BUILT = ROOT / "build" / "extensions"
#: The folder of each, and its manifest.
TARGETS = {
    "chrome": ("sidepanel", "chrome.json"),
    "firefox": ("sidepanel", "firefox.json"),
    "thunderbird": ("thunderbird", "manifest.json"),
}
#: Files carry this time, so that the same sources make the same zip.
_LONG_AGO = (2020, 1, 1, 0, 0, 0)


def put_together(target: str, folder: Path) -> Path:
    """Make one of them in `folder`, as a browser loads it."""
    own, manifest = TARGETS[target]
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(SOURCE / "shell", folder, ignore=shutil.ignore_patterns("*.svg"))
    for file in sorted((SOURCE / own).glob("*.js")):
        shutil.copy(file, folder / file.name)
    shutil.copy(SOURCE / own / manifest, folder / "manifest.json")
    return folder


def zipped(folder: Path) -> Path:
    """The same as one file, as shops of extensions take it."""
    path = folder.with_suffix(".zip")
    with ZipFile(path, "w", ZIP_DEFLATED) as archive:
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                entry = ZipInfo(file.relative_to(folder).as_posix(), _LONG_AGO)
                archive.writestr(entry, file.read_bytes(), ZIP_DEFLATED)
    return path


if __name__ == "__main__":
    for name in TARGETS:
        print(zipped(put_together(name, BUILT / name)))  # noqa: T201 - a command's answer
