/* squashfs.node: the SquashFS service for front ends; lib/native/squashfs.ts
   has the types. */

#include "job.h"
#include "squashfs/serve.h"

namespace
{

struct ServeJob {
    std::string path;
    int64_t offset;
    std::string mountpoint;
    int ready_fd;

    int run(ch_error *err)
    {
        return squashfs_mount_and_serve(path.c_str(),
                                        static_cast<uint64_t>(offset),
                                        mountpoint.c_str(), ready_fd, err);
    }

    Napi::Value result(Napi::Env env)
    {
        return env.Undefined();
    }
};

/* (path, offset, mountpoint, readyFd): Promise<void> */
Napi::Value serve(const Napi::CallbackInfo &info)
{
    ServeJob job = {
        info[0].As<Napi::String>().Utf8Value(),
        info[1].As<Napi::Number>().Int64Value(),
        info[2].As<Napi::String>().Utf8Value(),
        info[3].As<Napi::Number>().Int32Value(),
    };

    return job_start(info.Env(), job);
}

Napi::Object init(Napi::Env env, Napi::Object exports)
{
    exports.Set("serve", Napi::Function::New(env, serve));
    return exports;
}

} // namespace

NODE_API_MODULE(squashfs, init)
