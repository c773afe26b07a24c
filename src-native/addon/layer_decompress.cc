#include "core/layer_decompress.h"
#include "arguments.h"
#include "job.h"
#include "operations.h"

namespace
{

struct DecompressJob {
    LayerSource source;
    int fd;
    ch_control *control;
    layer_digests found = {};

    int run(ch_error *err)
    {
        layer_source view = source.view();

        return layer_decompress(&view, fd, control, &found, err);
    }

    Napi::Value result(Napi::Env env)
    {
        Napi::Object value = Napi::Object::New(env);

        set_digests(value, found);
        return value;
    }
};

} // namespace

Napi::Value decompress_layer(const Napi::CallbackInfo &info)
{
    DecompressJob job = {
        LayerSource(info[0].As<Napi::Number>().Int32Value(),
                    info[2].As<Napi::Object>()),
        info[1].As<Napi::Number>().Int32Value(),
        control_of(info[3]),
    };

    return job_start(info.Env(), std::move(job), info[3]);
}
