"""Singer's tap for Pipedrive, aimed at the sandbox: its base URL is a constant of a module."""

import os
import sys

from tap_pipedrive import cli, tap

tap.BASE_URL = os.environ["PIPEDRIVE_URL"]
sys.exit(cli.main())
