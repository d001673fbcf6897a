#!/bin/sh
# Make .venv with MyTTS in it, once: `scripts/environment.sh phonemes` installs the clone with that extra.
# A second call with nothing changed takes a moment: a stamp remembers what was installed.
# PYTHON=/path/to/python chooses the interpreter; MYTTS_VENV another folder than .venv.
set -eu
cd "$(dirname "$0")/.."
extras=$1
venv=${MYTTS_VENV:-.venv}
log=$venv/install.log
stamp=$venv/installed-$(echo "$extras" | tr ',' '-')
candidates="${PYTHON:-python3.13 python3.12 python3.11 python3 python}"

say() { echo "mytts: $*" >&2; }

runs() { "$@" >/dev/null 2>&1; }

is_supported() { runs "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))'; }

# Print the first supported Python that can make an environment; say what to install where there is none.
find_python() {
    without_venv=
    for python in $candidates; do
        is_supported "$python" || continue
        if runs "$python" -c 'import venv, ensurepip'; then
            command -v "$python"
            return
        fi
        without_venv=${without_venv:-$("$python" -c 'import sys; print("python%d.%d" % sys.version_info[:2])')}
    done
    if [ -n "$without_venv" ]; then
        say "$without_venv is here, but not the part that makes environments. On Debian or Ubuntu:"
        say "    sudo apt install $without_venv-venv"
        say "(python3-venv for the system's own Python). Then call make again."
    else
        say "Python 3.11, 3.12 or 3.13 is needed; tried: $candidates."
        say "Install one, or name it: make dashboard PYTHON=/path/to/python3.12"
    fi
    return 1
}

# Show of pip's chatter what one waits for.
show_progress() {
    while IFS= read -r line; do
        case $line in
            *Downloading\ *" MB)"*)
                file=${line#*Downloading }
                file=${file##*/}
                echo "  downloading ${file%%-[0-9]*} (${line##*\(}" ;;
            "Installing collected packages"*) echo "  unpacking, a minute or two" ;;
        esac
    done >&2
}

# pip's exit code travels around the pipe on descriptor 3.
install() {
    status=$(
        exec 3>&1
        { "$venv/bin/python" -m pip install --disable-pip-version-check --no-input --editable ".[$extras]" \
            2>"$log.errors" && echo 0 >&3 || echo 1 >&3; } | tee "$log" | show_progress
    )
    [ "$status" = 0 ] && return
    grep -v "is ignored: it" "$log.errors" | tail -n 15 >&2
    say "the installation failed: see above, and $log*. Once the cause is gone, call make again."
    return 1
}

if ! runs "$venv/bin/python" -c 'import pip'; then
    python=$(find_python)
    if [ -e "$venv" ] && [ ! -f "$venv/pyvenv.cfg" ] && [ -n "$(ls -A "$venv")" ]; then
        say "$venv is no environment of Python, and is left as it is: name another with VENV=, or remove it yourself."
        exit 1
    fi
    say "making $venv with $("$python" -V 2>&1) ($python)"
    rm -rf "$venv"
    "$python" -m venv "$venv"
fi
if ! is_supported "$venv/bin/python"; then
    say "$venv holds $("$venv/bin/python" -V 2>&1), MyTTS needs 3.11 to 3.13: remove it (make clean) and call make again."
    exit 1
fi

wanted="$(cksum requirements.txt pyproject.toml) $extras $(pwd -P)"
if [ ! -f "$stamp" ] || [ "$(cat "$stamp")" != "$wanted" ]; then
    say "installing what MyTTS needs into $venv (the first time about 1 GB to fetch, 3 GB on disk)"
    install
    echo "$wanted" > "$stamp"
    say "installed"
fi
