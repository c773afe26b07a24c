#include "error.h"

#include <cerrno>

namespace
{

struct ErrnoName {
    int value;
    const char *name;
};

/* Those that a caller may want to tell apart, or a user may meet; libuv's own
   table lacks EDQUOT, and glibc's function is too young. */
const ErrnoName ERRNO_NAMES[] = {
    {EACCES, "EACCES"},
    {EBADF, "EBADF"},
    {EBADMSG, "EBADMSG"},
    {EBUSY, "EBUSY"},
    {ECANCELED, "ECANCELED"},
    {EDQUOT, "EDQUOT"},
    {EEXIST, "EEXIST"},
    {EFBIG, "EFBIG"},
    {EINVAL, "EINVAL"},
    {EIO, "EIO"},
    {EISDIR, "EISDIR"},
    {ELOOP, "ELOOP"},
    {EMFILE, "EMFILE"},
    {EMLINK, "EMLINK"},
    {ENAMETOOLONG, "ENAMETOOLONG"},
    {ENFILE, "ENFILE"},
    {ENODEV, "ENODEV"},
    {ENOENT, "ENOENT"},
    {ENOMEM, "ENOMEM"},
    {ENOSPC, "ENOSPC"},
    {ENOSYS, "ENOSYS"},
    {ENOTDIR, "ENOTDIR"},
    {ENOTEMPTY, "ENOTEMPTY"},
    {EOPNOTSUPP, "EOPNOTSUPP"},
    {EPERM, "EPERM"},
    {EPIPE, "EPIPE"},
    {EROFS, "EROFS"},
    {ESTALE, "ESTALE"},
    {ETXTBSY, "ETXTBSY"},
    {EXDEV, "EXDEV"},
};

const char *errno_name(int value)
{
    for (const ErrnoName &known : ERRNO_NAMES)
        if (known.value == value)
            return known.name;
    return nullptr;
}

} // namespace

Napi::Value error_value(Napi::Env env, const ch_error &err)
{
    Napi::Object error = Napi::Error::New(env, ch_error_text(&err)).Value();
    const char *name = errno_name(err.errnum);

    if (name)
        error.Set("code", name);
    if (err.errnum)
        error.Set("errno", -err.errnum); /* negative, as Node's own errors */
    if (err.hint)
        error.Set("hint", err.hint);
    return error;
}
