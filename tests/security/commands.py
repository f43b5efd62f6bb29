"""Several command lines in one process, each as JSON: to start one takes longest."""

import json
import sys
import traceback

from dealwright.cli.main import run


def main(lines: list[str]) -> None:
    """Run them one after the other, whatever becomes of them."""
    for line in lines:
        sys.argv = ["dealwright", *json.loads(line)]
        try:
            run()
        except SystemExit:
            sys.stdout.flush()
        except Exception:  # noqa: BLE001 - a defect is told as Python does, and the next one runs
            traceback.print_exc()


if __name__ == "__main__":
    main(sys.argv[1:])
