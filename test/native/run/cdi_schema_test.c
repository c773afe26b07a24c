#include "config.h"

#include "run/cdi_schema.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/cleanup.h"
#include "tap.h"

/* Quotes are single here, for reading's sake. */
static char *quoted(const char *text)
{
    char *copy = strdup(text);

    for (char *next = copy; next && *next; next++)
        if (*next == '\'')
            *next = '"';
    return copy;
}

/* What is wrong with a document, "" if nothing is; heap. */
static char *verdict(const char *text)
{
    struct ch_error err = CH_ERROR_INIT;
    CLEANUP_FREE char *copy = quoted(text);
    CLEANUP_JSON struct json *json = json_parse(copy, strlen(copy), &err);
    char *found;

    if (json && cdi_schema_check(json, &err) == 0)
        return strdup("");
    found = strdup(ch_error_text(&err));
    ch_error_clear(&err);
    return found;
}

/* The beginning of a specification, and one with these edits. */
#define OF(version) "'cdiVersion':'" version "','kind':'vendor.com/gpu',"
#define DEVICES     "'devices':[{'name':'gpu0'}]"
#define EDITS(version, edits)                                                  \
    "{" OF(version) "'devices':[{'name':'a'},{'name':'b','containerEdits':"    \
                    "{" edits "}}]}"
#define AT "devices[1].containerEdits."

static const char *const GOOD[] = {
    "{" OF("0.3.0") DEVICES "}",
    "{" OF("1.1.0") DEVICES "}",
    "{" OF("0.6.3") DEVICES ",'annotations':{'a':'b'},'containerEdits':null}",
    EDITS("0.3.0", "'env':['A=b','C='],'mounts':[],'deviceNodes':null"),
    EDITS("0.5.0", "'deviceNodes':[{'path':'/dev/a','hostPath':'/dev/b',"
                   "'type':'c','major':1,'minor':2,'fileMode':438,"
                   "'permissions':'rwm','uid':0,'gid':0}]"),
    EDITS("0.4.0", "'mounts':[{'hostPath':'/a','containerPath':'/b','type':"
                   "'bind','options':['ro','nosuid','nodev','rbind',"
                   "'rprivate','noexec','noatime']}]"),
    EDITS("0.3.0", "'hooks':[{'hookName':'createContainer','path':'/bin/x',"
                   "'args':['x','y'],'env':['A=b'],'timeout':1}]"),
    EDITS("0.7.0", "'additionalGids':[0,44],'intelRdt':{'closID':'x'}"),
    EDITS("1.1.0", "'netDevices':[{'hostInterfaceName':'a','name':'b'}]"),
    "{'cdiVersion':'0.6.0','kind':'a.b.example/c.d_e-f','devices':[{'name':"
    "'0:1.x-y'}]}",
};

static const struct {
    const char *text, *error;
} BAD[] = {
    {"[]", "a list, and not an object"},
    {"{}", "field \"cdiVersion\" is missing, or not a string"},
    {"{'cdiVersion':0.6}", "field \"cdiVersion\" is missing, or not a string"},
    {"{" OF("0.6") DEVICES "}",
     "cdiVersion: \"0.6\" is not a version such as \"0.6.0\""},
    {"{" OF("0.6.0-rc1") DEVICES "}",
     "cdiVersion: \"0.6.0-rc1\" is not a version such as \"0.6.0\""},
    {"{" OF("0.2.0") DEVICES "}", "cdiVersion: \"0.2.0\" is not known to this "
                                  "ch-run, which reads 0.3.0 to 1.1.0"},
    {"{" OF("1.2.0") DEVICES "}", "cdiVersion: \"1.2.0\" is not known to this "
                                  "ch-run, which reads 0.3.0 to 1.1.0"},
    {"{" OF("4294967299.3.0") DEVICES "}",
     "cdiVersion: \"4294967299.3.0\" is not a version such as \"0.6.0\""},
    {"{'cdiVersion':'0.6.0'," DEVICES "}", "field \"kind\" is missing"},
    {"{'cdiVersion':'0.6.0','kind':'gpu'," DEVICES "}",
     "kind: \"gpu\" is not a kind such as \"vendor.com/class\""},
    {"{'cdiVersion':'0.6.0','kind':'a/b/c'," DEVICES "}",
     "kind: \"a/b/c\" is not a kind such as \"vendor.com/class\""},
    {"{'cdiVersion':'0.5.0','kind':'a/b.c'," DEVICES "}",
     "kind: a class with a dot, as in \"a/b.c\", needs cdiVersion 0.6.0"},
    {"{" OF("0.6.0") "'devices':[]}", "devices: an empty list"},
    {"{" OF("0.6.0") "'devices':null}", "field \"devices\" is missing"},
    {"{" OF("0.6.0") "'devices':{}}", "devices: an object, and not a list"},
    {"{" OF("0.6.0") "'devices':[3]}",
     "devices[0]: a number, and not an object"},
    {"{" OF("0.6.0") "'devices':[{}]}",
     "devices[0]: field \"name\" is missing"},
    {"{" OF("0.6.0") "'devices':[{'name':'a='}]}",
     "devices[0].name: \"a=\" is not a device name: letters and digits, with "
     "\"_\", \".\", \":\" and \"-\" between them"},
    {"{" OF("0.4.0") "'devices':[{'name':'0'}]}",
     "devices[0]: a name that begins with a digit, as \"0\", needs cdiVersion "
     "0.5.0"},
    {"{" OF("0.6.0") "'devices':[{'name':'a'},{'name':'a'}]}",
     "devices[0]: there are two devices \"a\""},
    {"{" OF("0.6.0") DEVICES ",'x':1}", "x: there is no such field"},
    {"{" OF("0.6.0") DEVICES "," DEVICES "}",
     "devices: the field is there twice"},
    {"{" OF("0.5.0") DEVICES ",'annotations':{}}",
     "annotations: a field of cdiVersion 0.6.0 and later"},
    {EDITS("0.6.0", "'envs':[]"), AT "envs: there is no such field"},
    {EDITS("0.6.0", "'env':'A=b'"), AT "env: a string, and not a list"},
    {EDITS("0.6.0", "'env':['A=b','A']"), AT "env[1]: \"A\" is not NAME=VALUE"},
    {EDITS("0.6.0", "'env':['=b']"), AT "env[0]: \"=b\" is not NAME=VALUE"},
    {EDITS("0.6.0", "'additionalGids':[1]"),
     AT "additionalGids: a field of cdiVersion 0.7.0 and later"},
    {EDITS("0.7.0", "'additionalGids':['1']"),
     AT "additionalGids[0]: a string, and not a number"},
    {EDITS("0.4.0", "'deviceNodes':[{'path':'/a','hostPath':'/a'}]"),
     AT "deviceNodes[0].hostPath: a field of cdiVersion 0.5.0 and later"},
    {EDITS("0.6.0", "'deviceNodes':[{'path':'dev/a'}]"),
     AT "deviceNodes[0].path: \"dev/a\" is not an absolute path"},
    {EDITS("0.6.0", "'deviceNodes':[{'path':'/a','type':'d'}]"),
     AT "deviceNodes[0].type: \"d\" is not \"b\", \"c\", \"u\" or \"p\""},
    {EDITS("0.6.0", "'deviceNodes':[{'path':'/a','permissions':'rx'}]"),
     AT "deviceNodes[0].permissions: \"rx\" is not some of \"r\", \"w\" and "
        "\"m\""},
    {EDITS("0.6.0", "'mounts':[{'hostPath':'/a'}]"),
     AT "mounts[0]: field \"containerPath\" is missing"},
    {EDITS("0.6.0", "'mounts':[{'hostPath':'a','containerPath':'/a'}]"),
     AT "mounts[0].hostPath: \"a\" is not an absolute path"},
    {EDITS("0.6.0", "'mounts':[{'hostPath':'/a','containerPath':'/a',"
                    "'options':['ro','size=1m']}]"),
     AT "mounts[0].options[1]: \"size=1m\" is not an option of bind mounts"},
    {EDITS("0.6.0", "'mounts':[{'hostPath':'/a','containerPath':'/a','type':"
                    "'tmpfs'}]"),
     AT "mounts[0].type: \"tmpfs\" is not \"none\", \"bind\" or \"rbind\", and "
        "ch-run makes no other mounts"},
    {EDITS("0.6.0", "'hooks':[{'hookName':'create','path':'/a'}]"),
     AT "hooks[0].hookName: \"create\" is not the name of an OCI hook"},
    {EDITS("0.6.0", "'hooks':[{'hookName':'poststop','path':'/a','args':"
                    "['a',1]}]"),
     AT "hooks[0].args[1]: a number, and not a string"},
};

int main(void)
{
    for (size_t i = 0; i < sizeof(GOOD) / sizeof(GOOD[0]); i++) {
        CLEANUP_FREE char *found = verdict(GOOD[i]);

        IS(found, "", "cdi_schema_check() takes no. %zu", i);
    }
    for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++) {
        CLEANUP_FREE char *found = verdict(BAD[i].text);

        IS(found, BAD[i].error, "cdi_schema_check() refuses no. %zu", i);
    }
    return tap_done();
}
