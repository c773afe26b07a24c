/* A call of the core on a thread of its own, as a Promise.

   A job is a struct that owns copies of the arguments, with
       int run(ch_error *err);              on the thread; no JavaScript there
       Napi::Value result(Napi::Env env);   afterwards, if run() returned 0 */

#ifndef CH_ADDON_JOB_H
#define CH_ADDON_JOB_H

#include <napi.h>

#include <utility>

#include "core/control.h"
#include "error.h"

template <typename Job> class JobWorker : public Napi::AsyncWorker
{
  public:
    JobWorker(Napi::Env env, Job job, Napi::Object kept)
        : Napi::AsyncWorker(env), deferred_(Napi::Promise::Deferred::New(env)),
          job_(std::move(job))
    {
        if (!kept.IsEmpty())
            kept_ = Napi::Persistent(kept);
    }

    ~JobWorker() override
    {
        ch_error_clear(&error_);
    }

    Napi::Promise Promise() const
    {
        return deferred_.Promise();
    }

  protected:
    void Execute() override
    {
        if (job_.run(&error_) < 0)
            SetError(ch_error_text(&error_));
    }

    void OnOK() override
    {
        deferred_.Resolve(job_.result(Env()));
    }

    void OnError(const Napi::Error &) override
    {
        deferred_.Reject(error_value(Env(), error_));
    }

  private:
    Napi::Promise::Deferred deferred_;
    Job job_;
    Napi::ObjectReference kept_;
    ch_error error_ = CH_ERROR_INIT;
};

/* Start `job`. */
template <typename Job> Napi::Value job_start(Napi::Env env, Job job)
{
    auto *worker = new JobWorker<Job>(env, std::move(job), Napi::Object());

    worker->Queue(); /* it deletes itself when it is done */
    return worker->Promise();
}

/* The same for a job that points into `kept`, which lives as long. */
template <typename Job>
Napi::Value job_start(Napi::Env env, Job job, Napi::Value kept)
{
    auto *worker =
        new JobWorker<Job>(env, std::move(job), kept.As<Napi::Object>());

    worker->Queue(); /* it deletes itself when it is done */
    return worker->Promise();
}

/* The control block in a BigInt64Array of two elements. */
inline ch_control *control_of(Napi::Value value)
{
    return reinterpret_cast<ch_control *>(
        value.As<Napi::BigInt64Array>().Data());
}

#endif
