#include "core/tar_survey.h"
#include "arguments.h"
#include "job.h"
#include "operations.h"

namespace
{

struct SurveyJob {
    std::string path;
    MemberOptions member;
    ch_control *control;
    struct tar_survey survey = {};

    int run(ch_error *err)
    {
        const member_options options = member.view();

        return tar_survey(path.c_str(), &options, control, &survey, err);
    }

    Napi::Value result(Napi::Env env)
    {
        Napi::Object value = Napi::Object::New(env);

        value.Set("rootMode", static_cast<double>(survey.root_mode));
        value.Set("newest", static_cast<double>(survey.newest));
        return value;
    }
};

} // namespace

Napi::Value survey_tar(const Napi::CallbackInfo &info)
{
    SurveyJob job = {
        string_of(info[0]),
        MemberOptions(info[1].As<Napi::Object>()),
        control_of(info[2]),
    };

    return job_start(info.Env(), job, info[2]);
}
