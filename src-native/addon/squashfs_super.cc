#include "core/squashfs_super.h"
#include "arguments.h"
#include "job.h"
#include "operations.h"

namespace
{

struct CheckJob {
    std::string path;
    squashfs_super super = {};

    int run(ch_error *err)
    {
        return squashfs_check_path(path.c_str(), &super, err);
    }

    Napi::Value result(Napi::Env env)
    {
        Napi::Object value = Napi::Object::New(env);

        value.Set("compressor", squashfs_compressor_name(super.compressor));
        value.Set("blockSize", super.block_size);
        value.Set("inodes", super.inode_count);
        value.Set("mkfsTime", super.mkfs_time);
        return value;
    }
};

} // namespace

Napi::Value check_squashfs(const Napi::CallbackInfo &info)
{
    CheckJob job;

    job.path = string_of(info[0]);
    return job_start(info.Env(), job);
}
