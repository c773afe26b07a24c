#include "core/image.h"
#include "arguments.h"
#include "job.h"
#include "operations.h"

namespace
{

const char *type_name(image_type type)
{
    switch (type) {
    case IMAGE_DIRECTORY:
        return "directory";
    case IMAGE_SQUASHFS:
        return "squashfs";
    case IMAGE_SIF:
        return "sif";
    case IMAGE_ARCHIVE:
        return "archive";
    case IMAGE_UNKNOWN:
        break;
    }
    return "unknown";
}

struct ProbeJob {
    std::string path;
    image_type type = IMAGE_UNKNOWN;

    int run(ch_error *err)
    {
        return image_probe_path(path.c_str(), &type, err);
    }

    Napi::Value result(Napi::Env env)
    {
        return Napi::String::New(env, type_name(type));
    }
};

} // namespace

Napi::Value probe(const Napi::CallbackInfo &info)
{
    ProbeJob job;

    job.path = string_of(info[0]);
    return job_start(info.Env(), job);
}
