#include "core/tree_delete.h"
#include "arguments.h"
#include "job.h"
#include "operations.h"

#include <fcntl.h>

namespace
{

struct DeleteJob {
    std::string path;

    int run(ch_error *err)
    {
        return tree_delete(AT_FDCWD, path.c_str(), err);
    }

    Napi::Value result(Napi::Env env)
    {
        return env.Undefined();
    }
};

} // namespace

Napi::Value delete_tree(const Napi::CallbackInfo &info)
{
    return job_start(info.Env(), DeleteJob{string_of(info[0])});
}
