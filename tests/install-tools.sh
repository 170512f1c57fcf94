#!/bin/sh
# What tests need from the system: installed where apt may, named elsewhere. Then the other clients that they play with.
set -eu
missing=""
command -v chromium >/dev/null 2>&1 || missing="$missing chromium"
command -v git-lfs >/dev/null 2>&1 || missing="$missing git-lfs"
command -v bwrap >/dev/null 2>&1 || missing="$missing bubblewrap"
command -v curl >/dev/null 2>&1 || missing="$missing curl"
command -v npm >/dev/null 2>&1 || missing="$missing nodejs npm"
fc-list :lang=zh 2>/dev/null | grep -q . || missing="$missing fontconfig fonts-noto-cjk"
if [ -n "$missing" ]; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "Installing for the tests:$missing"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq && apt-get install -y -qq --no-install-recommends $missing >/dev/null
  else
    echo "The tests need:$missing. Install them first, for example: sudo apt-get install$missing" >&2
    exit 1
  fi
fi
.venv/bin/python -m tests.compat.versions
