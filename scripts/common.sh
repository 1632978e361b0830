# What ./auricle and ./test share: installing what is missing, building what is stale, and the settings of the process.
# Sourced with $root set to the repository. Everything here speaks on standard error; standard output is the program's.

say() { printf '%s\n' "$*" >&2; }
die() {
  say "$*"
  exit 1
}

readonly artifacts=$root/artifacts
readonly system_libraries=/usr/lib/$HOSTTYPE-linux-gnu
readonly openmp_blas=$system_libraries/openblas-openmp

# --- what is installed -----------------------------------------------------------------------------------------------

# The Debian packages that are missing, judged by the files that are used, so that asking costs nothing and programs
# from elsewhere count. Compilers matter only when there is something to compile: $1 is 'build' then.
missing_packages() {
  packages=()
  [[ -e $openmp_blas/libblas.so.3 ]] || packages+=(libopenblas0-openmp)
  [[ -e $system_libraries/libsndfile.so.1 ]] || packages+=(libsndfile1)
  # The synonyms of the metric METEOR.
  [[ -e /usr/share/wordnet/index.noun ]] || packages+=(wordnet-base)
  command -v ffmpeg >/dev/null || packages+=(ffmpeg)
  if [[ -z ${AURICLE_LIBTORCH-} ]]; then
    [[ -e /usr/include/torch/csrc/api/include/torch/version.h ]] || packages+=(libtorch-dev)
    [[ -e /usr/include/gloo/config.h ]] || packages+=(libgloo-dev)
  fi
  if [[ $1 == page || $1 == browser ]]; then
    command -v node >/dev/null || packages+=(nodejs)
    command -v npm >/dev/null || packages+=(npm)
  fi
  if [[ $1 == browser ]]; then
    command -v chromium >/dev/null || packages+=(chromium)
  fi
  if [[ $1 == build ]]; then
    command -v cmake >/dev/null || packages+=(cmake)
    command -v make >/dev/null || packages+=(make)
    command -v g++ >/dev/null || packages+=(g++)
  fi
  ((${#packages[@]} > 0))
}

install_packages() {
  local as_root=()
  if ! command -v apt-get >/dev/null; then
    die "Auricle needs what Debian calls ${packages[*]}. This system has no apt-get: install them with its own package manager."
  fi
  if ((EUID != 0)); then
    command -v sudo >/dev/null ||
      die "Auricle needs these packages, and there is no sudo here. As root, run: apt-get install --no-install-recommends ${packages[*]}"
    as_root=(sudo)
  fi
  say "Installing ${packages[*]} with ${as_root[*]:+sudo }apt-get (once)."
  local apt=(${as_root[@]+"${as_root[@]}"} env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=600)
  # Old lists may still do, for instance behind a partly reachable mirror: let the installation decide.
  "${apt[@]}" update </dev/null >&2 || say "Updating the package lists failed; trying with those at hand."
  "${apt[@]}" install -y --no-install-recommends "${packages[@]}" </dev/null >&2 ||
    die "Installing ${packages[*]} failed: see apt-get's message above."
}

# The tests of the sound index run against a real PostgreSQL with pgvector, which npm serves. They are skipped where it cannot be had.
install_pglite() {
  local source=$root/tests/Auricle.Search.Tests/pglite folder=$artifacts/pglite
  if ! command -v npm >/dev/null || ! command -v node >/dev/null; then
    packages=(nodejs npm)
    (install_packages) || {
      say "Without npm the tests of PostgreSQL are skipped."
      return
    }
  fi
  if [[ -d $folder/node_modules ]] && cmp -s "$source/package-lock.json" "$folder/package-lock.json" && cmp -s "$source/server.mjs" "$folder/server.mjs"; then
    return
  fi
  rm -rf "$folder"
  mkdir -p "$folder"
  cp "$source"/* "$folder"
  say "Installing PGlite with npm (once)."
  logged pglite npm --prefix "$folder" ci --no-audit --no-fund || {
    rm -rf "$folder"
    say "Without PGlite the tests of PostgreSQL are skipped."
  }
}

find_dotnet() {
  command -v dotnet >/dev/null && return
  local folder
  for folder in "${DOTNET_ROOT-}" "${HOME-}/.dotnet" /usr/share/dotnet /usr/lib/dotnet; do
    if [[ -n $folder && -x $folder/dotnet ]]; then
      PATH=$folder:$PATH
      return
    fi
  done
  die "Auricle needs the .NET 10 SDK, and no dotnet was found. Get it from https://dotnet.microsoft.com/download/dotnet/10.0, or with Microsoft's script: curl -sSL https://dot.net/v1/dotnet-install.sh | bash -s -- --channel 10.0"
}

# --- which libtorch --------------------------------------------------------------------------------------------------

# Each libtorch has a build folder of its own, named by where it lies and which release it is.
choose_native_folder() {
  local include=/usr/include key=system line version=
  if [[ -n ${AURICLE_LIBTORCH-} ]]; then
    [[ -e $AURICLE_LIBTORCH/include/torch/csrc/api/include/torch/version.h ]] ||
      die "AURICLE_LIBTORCH is '$AURICLE_LIBTORCH', which has no include/torch/csrc/api/include/torch/version.h: give the folder that holds libtorch's include and lib."
    AURICLE_LIBTORCH=$(cd "$AURICLE_LIBTORCH" && pwd -P)
    include=$AURICLE_LIBTORCH/include key=${AURICLE_LIBTORCH//[^A-Za-z0-9.]/_}
  fi
  if [[ -e $include/torch/csrc/api/include/torch/version.h ]]; then
    while read -r line; do
      [[ $line =~ ^'#define TORCH_VERSION_'(MAJOR|MINOR|PATCH)' '([0-9]+) ]] && version+=-${BASH_REMATCH[2]}
    done <"$include/torch/csrc/api/include/torch/version.h"
  fi
  native=$artifacts/native/$key$version
}

# --- building what is stale ------------------------------------------------------------------------------------------

# The page is built by itself: neither it nor what npm installs beside it is part of the program.
readonly page_source=$root/src/Auricle.Server/Page

# A stamp is as old as the start of its build and names the repository's place, since build folders cannot move. A
# folder's own time tells of removed and renamed files. True where $1 is missing, moved, or older than one of the rest.
stale() {
  local stamp=$1 place=
  shift
  [[ -e $stamp ]] || return 0
  read -r place <"$stamp"
  [[ $place != "$root" ]] || [[ -n $(find "$@" -path "$page_source" -prune -o -newer "$stamp" -print -quit 2>/dev/null) ]]
}

readonly native_sources=("$root/native/CMakeLists.txt" "$root/native/include" "$root/native/src")
readonly managed_sources=("$root/src" "$root/Directory.Build.props" "$root/Directory.Packages.props" "$root/global.json")
readonly test_sources=("${managed_sources[@]}" "$root/tests" "$root/benchmarks" "$root/samples" "$root/Auricle.slnx")

native_is_stale() { [[ ! -e $native/libauricle_native.so ]] || stale "$native/stamp" "${native_sources[@]}"; }
program_is_stale() { [[ ! -e $program ]] || stale "$artifacts/stamps/program" "${managed_sources[@]}"; }
tests_are_stale() { stale "$artifacts/stamps/tests" "${test_sources[@]}"; }

# What ./auricle runs; the tests run what the solution builds.
readonly program=$artifacts/program/Auricle.Cli.dll

# One builder at a time. Those who wait look again afterwards: the work is usually done by then. Children get no copy
# of the lock's descriptor, for a compiler that stays in the background would hold the lock as long as it lives.
lock_builds() {
  mkdir -p "$artifacts/logs" "$artifacts/stamps" "$artifacts/native" || die "Cannot write to $artifacts, and Auricle has to be built there first."
  exec {lock}>"$artifacts/.lock"
  if ! flock -n "$lock"; then
    say "Another build of this copy is under way; waiting for it."
    flock "$lock"
  fi
}
unlock_builds() { exec {lock}>&-; }

# logged NAME COMMAND...: runs with its output in a log, which is shown only on failure.
logged() {
  local log=$artifacts/logs/$1.log
  shift
  "$@" >"$log" 2>&1 </dev/null {lock}>&- && return
  tail -n 60 "$log" >&2
  say "The whole log is in $log."
  return 1
}

write_stamp() { # TARGET BEGUN: the stamp keeps the time at which the build began.
  printf '%s\n' "$root" >"$1.new" && touch -r "$2" "$1.new" && mv "$1.new" "$1"
}

build_native() { # $1: a CMake target
  local begun=$native.begun place=
  [[ -e $native/stamp ]] && read -r place <"$native/stamp"
  [[ $place == "$root" ]] || rm -rf "$native"
  mkdir -p "$native"
  : >"$begun"
  logged native-configure cmake -S "$root/native" -B "$native" -DCMAKE_BUILD_TYPE=Release \
    -DCMAKE_EXPORT_COMPILE_COMMANDS=ON -DAURICLE_LIBTORCH="${AURICLE_LIBTORCH-}" &&
    logged native-build cmake --build "$native" --parallel 2 --target "$1" &&
    write_stamp "$native/stamp" "$begun"
  local status=$?
  rm -f "$begun"
  return $status
}

# with_sdk NAME COMMAND...: runs dotnet COMMAND..., logged, and gives the stamp NAME the time at which it began. The audit
# of packages asks the network on every restore; building must work without one.
with_sdk() {
  local name=$1 begun=$artifacts/stamps/$1.begun
  shift
  (cd "$root" && dotnet --version >/dev/null 2>&1) ||
    {
      say "Auricle needs the .NET 10 SDK; the dotnet found here ($(command -v dotnet)) has no SDK that global.json accepts. Get it from https://dotnet.microsoft.com/download/dotnet/10.0"
      return 1
    }
  : >"$begun"
  (cd "$root" && NuGetAudit=false logged "$name-build" dotnet "$@" -c Release -m:2 -nodeReuse:false -v:minimal) || return
  write_stamp "$artifacts/stamps/$name" "$begun" || return
  rm -f "$begun"
}

# The page of ./auricle serve. Only who changes it, or serves it for the first time, needs Node.
page_is_stale() {
  [[ ! -e $artifacts/page/index.html ]] || stale "$artifacts/stamps/page" "$page_source/src" "$page_source/public" "$page_source"/*.*
}

build_page() {
  local begun=$artifacts/stamps/page.begun
  : >"$begun"
  (cd "$page_source" && logged page-packages npm ci --no-fund --no-audit --ignore-scripts &&
    AURICLE_PAGE=$artifacts/page logged page-build npm run build) || return
  write_stamp "$artifacts/stamps/page" "$begun" || return
  rm -f "$begun"
}

build_tests() { with_sdk tests build Auricle.slnx; }

# Compiled ahead of time the program starts about a third of a second sooner. The compiler for that is one more package,
# so where it cannot be had the program is compiled while it runs.
build_program() {
  local publish=(publish src/Auricle.Cli --self-contained false -p:WithModels=false -o "$artifacts/program") machine=x64
  [[ $HOSTTYPE == aarch64 ]] && machine=arm64
  rm -rf "$artifacts/program"
  with_sdk program "${publish[@]}" -r "linux-$machine" -p:PublishReadyToRun=true 2>/dev/null || with_sdk program "${publish[@]}"
}

# Where tools look that were not started from here: the library that was used last.
link_native() {
  local link=$artifacts/native/libauricle_native.so
  [[ $link -ef $native/libauricle_native.so ]] || ln -sfn "${native##*/}/libauricle_native.so" "$link" 2>/dev/null || true
}

# --- the process's settings ------------------------------------------------------------------------------------------

# What the SDK and its programs need of the environment.
prepare_dotnet() {
  export DOTNET_NOLOGO=${DOTNET_NOLOGO-1} DOTNET_CLI_TELEMETRY_OPTOUT=${DOTNET_CLI_TELEMETRY_OPTOUT-1}
  # The SDK itself asks for ICU otherwise, which a small machine may not have.
  export DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=${DOTNET_SYSTEM_GLOBALIZATION_INVARIANT-1}
  # Without a home, as in some containers and services, the SDK gives up; packages and caches then stay in this copy.
  if [[ ! -d ${HOME-} || ! -w ${HOME-} ]]; then
    export HOME=$artifacts/home
    mkdir -p "$HOME" 2>/dev/null || true # what is built already runs without
  fi
}

# All of this is read when the libraries load, too late for the program itself. Whatever the user set stays.
set_environment() {
  prepare_dotnet
  export AURICLE_NATIVE=${AURICLE_NATIVE-$native/libauricle_native.so}
  # libtorch's OpenMP threads and OpenBLAS's own would fight for the cores, and reference BLAS is some twenty times
  # slower. Where the system chose such a BLAS, this process alone looks into the right folder first.
  local library
  for library in libblas.so.3 liblapack.so.3 libopenblas.so.0; do
    if [[ -e $openmp_blas/$library && ! $system_libraries/$library -ef $openmp_blas/$library ]]; then
      export LD_LIBRARY_PATH=$openmp_blas${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
      break
    fi
  done
  # OpenBLAS 0.3.21 does not know newer processors and would treat them as ones without AVX-512.
  if [[ -z ${OPENBLAS_CORETYPE-} ]] && has_avx512; then
    export OPENBLAS_CORETYPE=SkylakeX
  fi
  export OMP_WAIT_POLICY=${OMP_WAIT_POLICY-passive}
  # Freed blocks stay with the process (see aur_keep_large_blocks) only in the main arena.
  export MALLOC_ARENA_MAX=${MALLOC_ARENA_MAX-1}
}

has_avx512() {
  # The first processor's lines in one read: the file grows with the number of processors.
  local lines flags
  mapfile -n 40 lines </proc/cpuinfo
  flags="${lines[*]//$'\n'/ } "
  [[ $flags == *' avx512f '* && $flags == *' avx512dq '* && $flags == *' avx512bw '* && $flags == *' avx512vl '* ]]
}
