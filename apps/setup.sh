# Copyright the izhi authors. SPDX-License-Identifier: Apache-2.0
#
# What apps/quickstart and tests/run share: installing packages, configuring, building. Sourced, not run.

izhi_top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

say() { printf '\n== %s\n' "$*" >&2; }

# izhi_packages SECTION...: the names in these sections of packages.txt.
izhi_packages() {
    local section
    for section in "$@"; do
        awk -v wanted="[$section]" '
            { sub(/#.*/, "") }
            /^\[/ { inside = $1 == wanted; next }
            inside && NF { print $1 }' "$izhi_top/apps/packages.txt"
    done
}

# izhi_install SECTION...: installs the missing packages of these sections; does nothing if none is missing.
izhi_install() {
    if ! command -v dpkg-query >/dev/null; then
        say "This is not Debian. Please install the equivalents of: $(izhi_packages "$@" | tr '\n' ' ')"
        return
    fi
    # With the architecture, because some are listed for two: libtbb-dev:amd64 and libtbb-dev:arm64.
    local package native installed missing=()
    native=$(dpkg --print-architecture)
    installed=$(dpkg-query -W -f '${db:Status-Status} ${Package}:${Architecture}\n' |
        sed -n "s/^installed //; s/:\(all\|$native\)\$//; p")
    for package in $(izhi_packages "$@"); do
        grep -qxF "$package" <<<"$installed" || missing+=("$package")
    done
    [ ${#missing[@]} -gt 0 ] || return 0

    local as_root=()
    if [ "$(id -u)" -ne 0 ]; then
        if ! command -v sudo >/dev/null; then
            echo "Missing packages, and neither root nor sudo to install them. As root: apt-get install ${missing[*]}" >&2
            return 1
        fi
        as_root=(sudo)
    fi
    say "Installing ${missing[*]}"
    if [[ " ${missing[*]} " == *":arm64 "* ]] && ! dpkg --print-foreign-architectures | grep -qx arm64; then
        "${as_root[@]}" dpkg --add-architecture arm64
    fi
    "${as_root[@]}" apt-get update -qq
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
        "${missing[@]}" </dev/null >/dev/null
}

# izhi_install_browser: installs what the tests in a browser need. They are skipped without it, so nothing fails here.
izhi_install_browser() {
    local web="$izhi_top/build/web" package
    command -v chromium >/dev/null || izhi_install browser || return 0
    # Node.js may come from another source than Debian, with its own npm.
    { command -v node && command -v npm; } >/dev/null || izhi_install node || return 0
    for package in $(izhi_packages npm); do
        [ -d "$web/node_modules/$package" ] && continue
        say "Installing $package"
        npm install --prefix "$web" --no-audit --no-fund --silent "$package" </dev/null >&2 || return 0
    done
}

# izhi_configure PRESET [cmake arguments...]
izhi_configure() {
    local preset=$1
    shift
    (cd "$izhi_top" && cmake --preset "$preset" "$@" >/dev/null)
}

# izhi_build PRESET [target...]: all targets unless some are named.
izhi_build() {
    local preset=$1
    shift
    (cd "$izhi_top" && cmake --build --preset "$preset" --parallel "$(nproc)" ${1:+--target "$@"}) >&2
}
