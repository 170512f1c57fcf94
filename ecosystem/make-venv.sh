#!/bin/sh
# Makes .venv with the interpreter that is named; Debian ships what it needs for that in a package of its own.
set -eu
python="$1"
if ! "$python" -c "import ensurepip" 2>/dev/null; then
  package="$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')"
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "Installing $package …"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq && apt-get install -y -qq --no-install-recommends "$package" >/dev/null
  else
    echo "$python cannot make environments. Install $package first, for example: sudo apt-get install $package" >&2
    exit 1
  fi
fi
"$python" -m venv .venv
