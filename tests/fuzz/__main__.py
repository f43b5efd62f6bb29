"""`python -m tests.fuzz --inputs 1000000`: the long run, over every target or those named."""

import argparse
import sys
import time
import traceback
import warnings

from tests.fuzz.harness import TARGETS, fuzz, load_targets


def main() -> int:
    """Fuzz; 1 where something was found."""
    warnings.simplefilter("error")
    load_targets()
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--inputs", type=int, default=100_000, help="in all, over the targets")
    parser.add_argument("--seed", type=int, default=time.time_ns() % 1_000_000_000)
    parser.add_argument("only", nargs="*", metavar="TARGET", help=", ".join(TARGETS))
    asked = parser.parse_args()
    chosen = [TARGETS[name] for name in asked.only or TARGETS]
    shares = sum(each.share for each in chosen)
    _say(f"seed {asked.seed}, {len(chosen)} targets")
    total, faulty = 0, []
    for each in chosen:
        began_s = time.monotonic()
        try:
            met = fuzz(
                each, inputs=round(asked.inputs * each.share / shares), first_seed=asked.seed
            )
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt):
                raise
            faulty.append(each.name)
            traceback.print_exc(limit=-12)
            continue
        total += met
        took_s = time.monotonic() - began_s
        _say(f"{each.name:24}{met:>10,} inputs {met / took_s:>8,.0f}/s")
    _say(f"{total:,} inputs, faults in: {', '.join(faulty) or 'none'}")
    return 1 if faulty else 0


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
