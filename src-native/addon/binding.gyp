# The addons. module.am gives the variables; every path in them is absolute.
# This file and the sources are linked into one directory of the build tree.
{
    "target_defaults": {
        "include_dirs": ["<(napi_include)", "<(source_include)"],
        "defines": ["NAPI_VERSION=8", "NAPI_DISABLE_CPP_EXCEPTIONS"],
        "cflags": ["-fvisibility=hidden"],
        # What the static libraries define stays inside.
        "ldflags": ["-Wl,--exclude-libs,ALL"],
    },
    "targets": [
        {
            "target_name": "charliecloud",
            "cflags": ["<(libarchive_cflags)"],
            "sources": [
                "arguments.cc",
                "error.cc",
                "exchange.cc",
                "image.cc",
                "layer_apply.cc",
                "layer_decompress.cc",
                "layer_diff.cc",
                "layer_merge.cc",
                "lock.cc",
                "module.cc",
                "squashfs_super.cc",
                "tar_create.cc",
                "tar_extract.cc",
                "tar_filter.cc",
                "tar_scan.cc",
                "tar_survey.cc",
                "tree_delete.cc",
            ],
            "libraries": ["<(libch)", "<(libarchive_libs)"],
        },
    ],
    "conditions": [
        ["with_squash=='yes'", {
            "targets": [
                {
                    "target_name": "squashfs",
                    "sources": ["error.cc", "squashfs.cc"],
                    "libraries": [
                        "<(libchserve)",
                        "<(libch)",
                    ],
                },
            ],
        }],
    ],
}
