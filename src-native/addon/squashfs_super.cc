#include "arguments.h"
#include "core/image.h"
#include "job.h"
#include "operations.h"

namespace
{

struct CheckJob {
    std::string path;
    bool has_offset = false;
    uint64_t offset = 0;
    squashfs_place place = {};
    squashfs_super super = {};

    int run(ch_error *err)
    {
        return image_check_squashfs(
            path.c_str(), has_offset ? &offset : nullptr, &place, &super, err);
    }

    Napi::Value result(Napi::Env env)
    {
        Napi::Object value = Napi::Object::New(env);

        value.Set("offset", static_cast<double>(place.offset));
        value.Set("compressor", squashfs_compressor_name(super.compressor));
        value.Set("blockSize", super.block_size);
        value.Set("inodes", super.inode_count);
        value.Set("mkfsTime", super.mkfs_time);
        return value;
    }
};

} // namespace

/* (path, offset?) */
Napi::Value check_squashfs(const Napi::CallbackInfo &info)
{
    CheckJob job;

    job.path = string_of(info[0]);
    job.has_offset = !info[1].IsUndefined();
    if (job.has_offset)
        job.offset = static_cast<uint64_t>(number_of(info[1]));
    return job_start(info.Env(), job);
}
