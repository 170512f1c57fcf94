#!/bin/sh
# Creates .venv with the given interpreter; Debian needs a separate package for that.
set -eu
python="$1"
if ! "$python" -c "import ensurepip" 2>/dev/null; then
  package="$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')"
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "Installing $package …"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq && apt-get install -y -qq --no-install-recommends "$package" >/dev/null
  else
    echo "$python cannot create virtual environments. Install $package first, for example: sudo apt-get install $package" >&2
    exit 1
  fi
fi
"$python" -m venv .venv
