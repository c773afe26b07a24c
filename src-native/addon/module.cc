#include "operations.h"

static Napi::Object init(Napi::Env env, Napi::Object exports)
{
    exports.Set("probe", Napi::Function::New(env, probe));
    exports.Set("checkSquashfs", Napi::Function::New(env, check_squashfs));
    exports.Set("scanTar", Napi::Function::New(env, scan_tar));
    exports.Set("surveyTar", Napi::Function::New(env, survey_tar));
    exports.Set("extractTar", Napi::Function::New(env, extract_tar));
    exports.Set("filterTar", Napi::Function::New(env, filter_tar));
    exports.Set("createTar", Napi::Function::New(env, create_tar));
    exports.Set("applyLayer", Napi::Function::New(env, apply_layer));
    exports.Set("decompressLayer", Napi::Function::New(env, decompress_layer));
    exports.Set("diffLayer", Napi::Function::New(env, diff_layer));
    exports.Set("openMerge", Napi::Function::New(env, open_merge));
    exports.Set("addMergeLayer", Napi::Function::New(env, add_merge_layer));
    exports.Set("finishMerge", Napi::Function::New(env, finish_merge));
    exports.Set("writeMerge", Napi::Function::New(env, write_merge));
    exports.Set("tryLock", Napi::Function::New(env, try_lock));
    exports.Set("exchangePaths", Napi::Function::New(env, exchange_paths));
    exports.Set("deleteTree", Napi::Function::New(env, delete_tree));
    return exports;
}

NODE_API_MODULE(charliecloud, init)
