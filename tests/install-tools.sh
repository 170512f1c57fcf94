#!/bin/sh
# What tests need from the system: installed where apt may, named elsewhere. Then the other clients that they play with.
set -eu
may_install() { [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; }
has() { command -v "$1" >/dev/null 2>&1; }
is_packaged() { apt-cache show "$1" >/dev/null 2>&1; }

missing=""
# Chromium without windows, where there is a package of it, shows the same pages with less work
if ! has chromium-headless-shell; then
  if may_install && { is_packaged chromium-headless-shell || { apt-get update -qq && is_packaged chromium-headless-shell; }; }; then
    missing="$missing chromium-headless-shell"
  elif ! has chromium; then
    missing="$missing chromium"
  fi
fi
has git-lfs || missing="$missing git-lfs"
has bwrap || missing="$missing bubblewrap"
has curl || missing="$missing curl"
has npm || missing="$missing nodejs npm"
fc-list :lang=zh 2>/dev/null | grep -q . || missing="$missing fontconfig fonts-noto-cjk"
if [ -n "$missing" ]; then
  if may_install; then
    echo "Installing for the tests:$missing"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq && apt-get install -y -qq --no-install-recommends $missing >/dev/null
  else
    echo "The tests need:$missing. Install them first, for example: sudo apt-get install$missing" >&2
    exit 1
  fi
fi
.venv/bin/python -m tests.compat.versions
.venv/bin/python -m tests.clients.tools
