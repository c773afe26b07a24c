/* Errors of the core as JavaScript sees them. */

#ifndef CH_ADDON_ERROR_H
#define CH_ADDON_ERROR_H

#include <napi.h>

#include "core/error.h"

/* An Error with the message of `err`, and as far as there are any, `code` (the
   errno's name), `errno` and `hint`. */
Napi::Value error_value(Napi::Env env, const ch_error &err);

#endif
