/* ch-checkns --doctor: what somebody who helps has to know of a host, to be
   pasted into a ticket. Numbers of users are in it; names of the user, the host
   and the home directory are replaced, and of environment variables only names
   are told. Whatever cannot be read is said to be so: nothing here fails. */

#ifndef CH_CHECKNS_DOCTOR_H
#define CH_CHECKNS_DOCTOR_H

#include "core/error.h"

/* Print all but the checks on standard output. */
int doctor_print(struct ch_error *err);

#endif
