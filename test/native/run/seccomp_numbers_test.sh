#!/bin/sh
# The numbers of seccomp_calls.def against the kernel's headers, for each
# architecture whose headers are installed (Debian: linux-libc-dev-*-cross).
set -u
number=0 status=0 compared=0

# Lines of "NAME NUMBER..."
table()
{
    sed -n 's/^SECCOMP_[A-Z]*(\(.*\))$/\1/p' \
        "$CH_SOURCE_DIR/src-native/run/seccomp_calls.def" | tr -s ', ' ' '
}

# kernel_numbers HEADER FOLDER [OPTION...]: lines of "NAME NUMBER"
kernel_numbers()
{
    header=$1 folder=$2
    shift 2
    echo "#include <$header>" |
        $CC -nostdinc "$@" -isystem "$folder" -E -dM - 2>/dev/null |
        sed -n 's/^#define __NR_\([a-z0-9_]*\) \(.*\)/\1 \2/p' |
        sed 's/(__NR_SYSCALL_BASE *+ *\([0-9]*\))/\1/
            s/(__X32_SYSCALL_BIT *+ *\([0-9]*\))/\1/'
}

# compare ARCHITECTURE COLUMN HEADER "FOLDER..." [OPTION...]
compare()
{
    title="$1: the numbers are the kernel's" column=$2 header=$3 folders=$4
    shift 4
    number=$((number + 1))
    for folder in $folders; do
        [ -e "$folder/$header" ] || continue
        compare_with "$folder" "$@"
        return
    done
    echo "ok $number - $title # SKIP no $header in $folders"
}

compare_with()
{
    folder=$1
    shift
    numbers=$(kernel_numbers "$header" "$folder" "$@")
    wrong=$(table | while read -r name values; do
        [ "$title" != "${title#x32}" ] && [ "$name" = kexec_load ] && continue
        ours=$(echo "$values" | cut -d' ' -f"$column")
        kernel=$(echo "$numbers" | sed -n "s/^$name //p")
        [ "$ours" = "${kernel:-NONE}" ] ||
            echo "# $name: $ours, and the kernel's is ${kernel:-NONE}"
    done)
    if [ -z "$wrong" ] && [ "$(echo "$numbers" | wc -l)" -gt 200 ]; then
        echo "ok $number - $title"
    else
        echo "not ok $number - $title"
        echo "$wrong"
        status=1
    fi
    compared=$((compared + 1))
}

x86='/usr/include/x86_64-linux-gnu /usr/include /usr/i686-linux-gnu/include'
own=/usr/include/$($CC -dumpmachine | sed 's/-pc-\|-unknown-\|-redhat-/-/')
compare x86_64 1 asm/unistd_64.h "$x86"
compare x32 1 asm/unistd_x32.h "$x86"
compare i386 2 asm/unistd_32.h "$x86"
compare aarch64 3 asm/unistd.h "/usr/aarch64-linux-gnu/include"
compare arm 4 asm/unistd.h "/usr/arm-linux-gnueabihf/include" -D__ARM_EABI__
compare ppc64le 5 asm/unistd.h "/usr/powerpc64le-linux-gnu/include" \
    -D__powerpc64__
compare s390x 6 asm/unistd.h "/usr/s390x-linux-gnu/include" -D__s390x__
compare riscv64 7 asm/unistd.h "/usr/riscv64-linux-gnu/include"

# Whatever this machine is, its own headers are there if anything was built.
case $($CC -dumpmachine) in
aarch64-*) compare 'aarch64 (own)' 3 asm/unistd.h "$own /usr/include" ;;
arm*) compare 'arm (own)' 4 asm/unistd.h "$own /usr/include" ;;
powerpc64le-*) compare 'ppc64le (own)' 5 asm/unistd.h "$own /usr/include" ;;
s390x-*) compare 's390x (own)' 6 asm/unistd.h "$own /usr/include" ;;
riscv64-*) compare 'riscv64 (own)' 7 asm/unistd.h "$own /usr/include" ;;
esac
echo "1..$number"
[ "$compared" -gt 0 ] || status=77
exit $status
