/* Checks of what a container's process is: its namespaces, its ids and the
   promise to gain no privilege. */

#ifndef CH_CHECKNS_NAMESPACE_H
#define CH_CHECKNS_NAMESPACE_H

#include "checkns/check.h"

check_function check_proc;
check_function check_no_new_privs;
check_function check_user_namespace;
check_function check_id_maps;
check_function check_nested;

/* Also what other checks begin with: in new user and mount namespaces we are
   root, and what we mount stays here. */
check_function check_mount_namespace;

#endif
