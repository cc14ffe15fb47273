# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: MIT
# What deploy/up and tests/run share: saying what is done, installing what is missing, building.
# Sourced, never run. Needs `root` (the checkout) to be set.

say() { printf '%s\n' "$*" >&2; }
fail() { say "$0: $2"; exit "$1"; }

# Runs a command as root.
as_root() {
    if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

# missing_packages hub|tests...: names of packages of these rows that are not there.
missing_packages() {
    local package who command _
    while read -r package who command _; do
        case "$package" in '' | '#'*) continue ;; esac
        case " $* " in *" $who "*) ;; *) continue ;; esac
        [ "$command" != - ] && command -v "$command" >/dev/null && continue
        dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2>/dev/null | grep -q '^ii' || printf '%s\n' "$package"
    done <"$root/deploy/packages.txt"
}

# install_packages hub|tests...: installs what is missing; quick and silent when nothing is.
install_packages() {
    local missing
    mapfile -t missing < <(missing_packages "$@")
    [ "${#missing[@]}" -eq 0 ] && return 0
    command -v apt-get >/dev/null || fail 69 "this machine has no apt-get; install these by hand: ${missing[*]}"
    [ "$(id -u)" -eq 0 ] || command -v sudo >/dev/null || fail 77 "not root and no sudo; install these by hand: ${missing[*]}"
    say "Installing ${missing[*]}"
    quietly as_root apt-get update || fail 69 "apt-get update failed"
    quietly as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}" ||
        fail 69 "apt-get install failed"
}

# Runs a command; shows what it printed only when it fails.
quietly() {
    local printed
    printed=$("$@" 2>&1 </dev/null) || { printf '%s\n' "$printed" >&2; return 1; }
}

# build FOLDER [cmake options]: configures once, builds what changed.
build() {
    local folder=$1
    shift
    if [ ! -f "$folder/build.ninja" ]; then
        mkdir -p "$folder"
        say "Configuring $(realpath --relative-to="$root" "$folder")"
        cmake -S "$root" -B "$folder" -G Ninja "$@" >"$folder/windscreen-build.log" 2>&1 || { cat "$folder/windscreen-build.log" >&2; fail 70 "configuring failed"; }
    fi
    ninja -C "$folder" -n 2>/dev/null | grep -q 'no work to do' && return 0
    say "Building $(realpath --relative-to="$root" "$folder")"
    ninja -C "$folder" >"$folder/windscreen-build.log" 2>&1 || { cat "$folder/windscreen-build.log" >&2; fail 70 "building failed"; }
}
