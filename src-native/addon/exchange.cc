#include "core/exchange.h"
#include "error.h"
#include "operations.h"

Napi::Value exchange_paths(const Napi::CallbackInfo &info)
{
    ch_error err = CH_ERROR_INIT;
    bool done = false;

    if (::exchange_paths(info[0].ToString().Utf8Value().c_str(),
                         info[1].ToString().Utf8Value().c_str(), &done,
                         &err) < 0) {
        Napi::Error(info.Env(), error_value(info.Env(), err))
            .ThrowAsJavaScriptException();
        ch_error_clear(&err);
    }
    return Napi::Boolean::New(info.Env(), done);
}
