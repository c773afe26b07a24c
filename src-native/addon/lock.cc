#include "core/lock.h"
#include "error.h"
#include "operations.h"

Napi::Value try_lock(const Napi::CallbackInfo &info)
{
    ch_error err = CH_ERROR_INIT;
    bool taken = false;

    if (lock_try(info[0].ToNumber().Int32Value(), info[1].ToBoolean(), &taken,
                 &err) < 0) {
        Napi::Error(info.Env(), error_value(info.Env(), err))
            .ThrowAsJavaScriptException();
        ch_error_clear(&err);
    }
    return Napi::Boolean::New(info.Env(), taken);
}
