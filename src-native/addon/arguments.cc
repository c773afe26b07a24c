#include "arguments.h"

std::string string_of(Napi::Value value)
{
    return value.As<Napi::String>().Utf8Value();
}

int64_t number_of(Napi::Value value)
{
    return value.As<Napi::Number>().Int64Value();
}

StringList::StringList(Napi::Value array) : none_(array.IsUndefined())
{
    if (none_)
        return;

    Napi::Array values = array.As<Napi::Array>();

    for (uint32_t i = 0; i < values.Length(); i++)
        strings_.push_back(string_of(values.Get(i)));
}

const char *const *StringList::pointers()
{
    if (none_)
        return nullptr;
    pointers_.clear();
    for (const std::string &string : strings_)
        pointers_.push_back(string.c_str());
    pointers_.push_back(nullptr);
    return pointers_.data();
}

MemberOptions::MemberOptions(Napi::Object options)
    : strip(string_of(options.Get("strip"))),
      xattrs(options.Get("xattrs").As<Napi::Boolean>())
{
}

member_options MemberOptions::view() const
{
    member_options options = {};

    options.strip = strip.c_str();
    options.xattrs = xattrs;
    return options;
}

LayerSource::LayerSource(int source, Napi::Object shape)
    : fd(source), name(string_of(shape.Get("name"))),
      digest(string_of(shape.Get("digest"))),
      diff_id(string_of(shape.Get("diffId"))),
      digest_verified(shape.Get("digestVerified").ToBoolean()),
      limits{number_of(shape.Get("slack")), number_of(shape.Get("ratio"))}
{
}

layer_source LayerSource::view() const
{
    layer_source source = {};

    source.fd = fd;
    source.name = name.c_str();
    source.digest = digest.c_str();
    source.diff_id = diff_id.c_str();
    source.digest_verified = digest_verified;
    source.limits = limits;
    return source;
}

compression compression_named(const std::string &name)
{
    if (name == "gzip")
        return COMPRESSION_GZIP;
    if (name == "xz")
        return COMPRESSION_XZ;
    if (name == "bzip2")
        return COMPRESSION_BZIP2;
    if (name == "zstd")
        return COMPRESSION_ZSTD;
    return COMPRESSION_NONE;
}

Napi::Value stats_value(Napi::Env env, const member_stats &stats)
{
    Napi::Object value = Napi::Object::New(env);

    value.Set("entries", static_cast<double>(stats.entries));
    value.Set("bytes", static_cast<double>(stats.bytes));
    value.Set("devices", static_cast<double>(stats.devices));
    return value;
}

void set_digests(Napi::Object value, const layer_digests &digests)
{
    value.Set("digest", digests.digest);
    value.Set("diffId", digests.diff_id);
    value.Set("size", static_cast<double>(digests.size));
}
