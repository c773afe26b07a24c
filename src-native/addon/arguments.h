/* Arguments from JavaScript, whose types TypeScript has checked. */

#ifndef CH_ADDON_ARGUMENTS_H
#define CH_ADDON_ARGUMENTS_H

#include <napi.h>

#include <string>
#include <vector>

#include "core/layer_stream.h"
#include "core/member.h"
#include "core/tar_output.h"

std::string string_of(Napi::Value value);
int64_t number_of(Napi::Value value);

/* Strings and the NULL-terminated array of pointers to them that C wants. */
class StringList
{
  public:
    /* undefined is no list at all. */
    explicit StringList(Napi::Value array);

    /* NULL if there is no list. Valid while the list lives and is not moved. */
    const char *const *pointers();

  private:
    bool none_;
    std::vector<std::string> strings_;
    std::vector<const char *> pointers_;
};

/* { strip, xattrs }; the core's struct points into this one. */
struct MemberOptions {
    std::string strip;
    bool xattrs;

    explicit MemberOptions(Napi::Object options);
    member_options view() const;
};

/* { name, digest, diffId, digestVerified, slack, ratio }; the core's struct
   points into this one. */
struct LayerSource {
    int fd;
    std::string name;
    std::string digest;
    std::string diff_id;
    bool digest_verified;
    layer_limits limits;

    LayerSource(int source, Napi::Object shape);
    layer_source view() const;
};

/* "none", "gzip", ... */
compression compression_named(const std::string &name);

/* { entries, bytes, devices } */
Napi::Value stats_value(Napi::Env env, const member_stats &stats);

/* digest, diffId, size */
void set_digests(Napi::Object value, const layer_digests &digests);

#endif
