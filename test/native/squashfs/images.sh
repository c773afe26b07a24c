# shellcheck shell=sh
# Small images for the tests of the reader: make_images FOLDER. One for each
# compressor that this build can unpack, and two with tables or all else stored
# as it is, in which damage gets past the decompressor to whoever reads them.
# They are the same in every run.

make_tree()
{
    mkdir -p "$1/many" "$1/deep/1/2/3/4/5/6/7/8/9" "$1/empty"
    i=0
    while [ $i -lt 700 ]; do
        echo "$i" >"$1/many/a-file-with-a-long-name-$i"
        i=$((i + 1))
    done
    echo end >"$1/deep/1/2/3/4/5/6/7/8/9/end"
    seq 100000 | gzip -n >"$1/noise"
    yes 'the same again' | head -c 500000 >"$1/text"
    truncate -s 3000000 "$1/hole"
    ln -s "$(printf '%0500d' 0)" "$1/long-link"
    ln "$1/text" "$1/second-name"
    mkfifo "$1/fifo"
    if command -v setfattr >/dev/null 2>&1; then
        for name in text noise many; do
            setfattr -n user.one -v "$name" "$1/$name" 2>/dev/null || :
            setfattr -n user.two -v same-for-all "$1/$name" 2>/dev/null || :
        done
    fi
}

# make_image FOLDER NAME OPTION...
make_image()
{
    image=$1/$2.sqfs tree=$1/tree
    shift 2
    mksquashfs "$tree" "$image" -noappend -quiet -no-progress -all-root \
        -mkfs-time 1000000000 -all-time 1000000000 \
        -p '/null c 666 0 0 1 3' "$@" >/dev/null 2>&1
}

make_images()
{
    make_tree "$1/tree"
    for compressor in $CH_TEST_CODECS; do
        make_image "$1" "$compressor" -comp "$compressor" -b 32K ||
            rm -f "$1/$compressor.sqfs"
    done
    set -- "$1" "${CH_TEST_CODECS%% *}"
    make_image "$1" raw -comp "$2" -b 64K -noI -noD -noF -noX -noId
    make_image "$1" raw-tables -comp "$2" -b 4K -noI -noX -noId
}
