"""Tags of releases and names of their files, which are parts of paths."""

import re

TAG = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,99}")
ASSET = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._+@~-]{0,199}")
# made from the files
SUMS = "SHA256SUMS"
# leads to the release that was published last
LATEST = "latest"
