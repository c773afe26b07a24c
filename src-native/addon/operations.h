/* What charliecloud.node exports; lib/native/core.ts and layers.ts have the
   types. */

#ifndef CH_ADDON_OPERATIONS_H
#define CH_ADDON_OPERATIONS_H

#include <napi.h>

/* (path): Promise<ImageType> */
Napi::Value probe(const Napi::CallbackInfo &info);

/* (path): Promise<SquashfsInfo> */
Napi::Value check_squashfs(const Napi::CallbackInfo &info);

/* (path, control): Promise<string> */
Napi::Value scan_tar(const Napi::CallbackInfo &info);

/* (path, { strip, xattrs }, control): Promise<StreamFacts> */
Napi::Value survey_tar(const Napi::CallbackInfo &info);

/* (path, directory, { strip, xattrs }, control): Promise<ArchiveStats> */
Napi::Value extract_tar(const Napi::CallbackInfo &info);

/* (path, fd, { strip, xattrs, directories, files }, control):
   Promise<ArchiveStats> */
Napi::Value filter_tar(const Napi::CallbackInfo &info);

/* (directory, fd, { compression, xattrs }, control): Promise<ArchiveStats> */
Napi::Value create_tar(const Napi::CallbackInfo &info);

/* (fd, directory, { name, digest, diffId, form, lower, xattrs, slack, ratio,
   reserve },
   control): Promise<AppliedLayer> */
Napi::Value apply_layer(const Napi::CallbackInfo &info);

/* (fd, fd, { name, digest, diffId, slack, ratio }, control):
   Promise<LayerDigests> */
Napi::Value decompress_layer(const Napi::CallbackInfo &info);

/* (upper, fd, { compression, xattrs }, control): Promise<DiffedLayer> */
Napi::Value diff_layer(const Napi::CallbackInfo &info);

/* (xattrs): MergeHandle; at once */
Napi::Value open_merge(const Napi::CallbackInfo &info);

/* (handle, fd, { name, digest, diffId, slack, ratio }, control):
   Promise<IndexedLayer> */
Napi::Value add_merge_layer(const Napi::CallbackInfo &info);

/* (handle, { directories, files }): Promise<MergeFacts> */
Napi::Value finish_merge(const Napi::CallbackInfo &info);

/* (handle, fds, fd, control): Promise<ArchiveStats> */
Napi::Value write_merge(const Napi::CallbackInfo &info);

/* (path): Promise<void> */
Napi::Value delete_tree(const Napi::CallbackInfo &info);

/* (path, path): boolean; at once, on the caller's thread */
Napi::Value exchange_paths(const Napi::CallbackInfo &info);

/* (fd, shared): boolean; at once, on the caller's thread */
Napi::Value try_lock(const Napi::CallbackInfo &info);

#endif
