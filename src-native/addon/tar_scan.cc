#include "core/tar_scan.h"
#include "arguments.h"
#include "job.h"
#include "operations.h"

#include <cstdlib>

namespace
{

struct ScanJob {
    std::string path;
    ch_control *control = nullptr;
    std::string top;

    int run(ch_error *err)
    {
        char *found = nullptr;

        if (tar_scan(path.c_str(), control, &found, err) < 0)
            return -1;
        top = found;
        free(found);
        return 0;
    }

    Napi::Value result(Napi::Env env)
    {
        return Napi::String::New(env, top);
    }
};

} // namespace

Napi::Value scan_tar(const Napi::CallbackInfo &info)
{
    ScanJob job;

    job.path = string_of(info[0]);
    job.control = control_of(info[1]);
    return job_start(info.Env(), job, info[1]);
}
