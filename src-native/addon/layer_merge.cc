#include "core/layer_merge.h"

#include <memory>
#include <vector>

#include "arguments.h"
#include "job.h"
#include "operations.h"

namespace
{

/* Owned by the handle that JavaScript has, and by each job that works on it. */
using Merge = std::shared_ptr<layer_merge>;

Merge merge_of(Napi::Value handle)
{
    return *handle.As<Napi::External<Merge>>().Data();
}

struct AddJob {
    Merge merge;
    LayerSource source;
    ch_control *control;
    layer_merge_result found = {};

    int run(ch_error *err)
    {
        layer_source view = source.view();

        return layer_merge_add(merge.get(), &view, control, &found, err);
    }

    Napi::Value result(Napi::Env env)
    {
        Napi::Object value = Napi::Object::New(env);

        set_digests(value, found.digests);
        value.Set("whiteouts", static_cast<double>(found.whiteouts));
        value.Set("devices", static_cast<double>(found.devices));
        return value;
    }
};

struct FinishJob {
    Merge merge;
    StringList directories;
    StringList files;
    layer_merge_info info = {};

    int run(ch_error *err)
    {
        return layer_merge_finish(merge.get(), directories.pointers(),
                                  files.pointers(), &info, err);
    }

    Napi::Value result(Napi::Env env)
    {
        Napi::Object value = Napi::Object::New(env);

        value.Set("rootMode", static_cast<double>(info.root_mode));
        value.Set("newest", static_cast<double>(info.newest));
        return value;
    }
};

struct WriteJob {
    Merge merge;
    std::vector<int> layers;
    int fd;
    ch_control *control;
    member_stats stats = {};

    int run(ch_error *err)
    {
        return layer_merge_write(merge.get(), layers.data(), fd, control,
                                 &stats, err);
    }

    Napi::Value result(Napi::Env env)
    {
        return stats_value(env, stats);
    }
};

} // namespace

Napi::Value open_merge(const Napi::CallbackInfo &info)
{
    ch_error err = CH_ERROR_INIT;
    layer_merge *made = nullptr;

    if (layer_merge_open(&made, info[0].ToBoolean(), &err) < 0) {
        Napi::Error(info.Env(), error_value(info.Env(), err))
            .ThrowAsJavaScriptException();
        ch_error_clear(&err);
        return info.Env().Undefined();
    }
    return Napi::External<Merge>::New(
        info.Env(), new Merge(made, layer_merge_close),
        [](Napi::Env, Merge *merge) { delete merge; });
}

Napi::Value add_merge_layer(const Napi::CallbackInfo &info)
{
    AddJob job = {
        merge_of(info[0]),
        LayerSource(info[1].As<Napi::Number>().Int32Value(),
                    info[2].As<Napi::Object>()),
        control_of(info[3]),
    };

    return job_start(info.Env(), std::move(job), info[3]);
}

Napi::Value finish_merge(const Napi::CallbackInfo &info)
{
    Napi::Object shape = info[1].As<Napi::Object>();
    FinishJob job = {
        merge_of(info[0]),
        StringList(shape.Get("directories")),
        StringList(shape.Get("files")),
    };

    return job_start(info.Env(), std::move(job));
}

Napi::Value write_merge(const Napi::CallbackInfo &info)
{
    Napi::Array fds = info[1].As<Napi::Array>();
    WriteJob job = {
        merge_of(info[0]),
        {},
        info[2].As<Napi::Number>().Int32Value(),
        control_of(info[3]),
    };

    for (uint32_t i = 0; i < fds.Length(); i++)
        job.layers.push_back(fds.Get(i).As<Napi::Number>().Int32Value());
    return job_start(info.Env(), std::move(job), info[3]);
}
