#!/bin/sh
# A cluster of two nodes on this machine, run by Slurm, for as long as standard
# input is open. Needs root. No daemon of the system is used or disturbed.
#
#   slurm-cluster.sh FOLDER
#
# FOLDER must be empty and such that others cannot write in it; users submit with
# SLURM_CONF=FOLDER/slurm.conf. When the cluster is up, "ready" is printed. A
# node is a slurmd with namespaces of its own: a name, processes, /dev/shm. The
# network is one, as is everything else of the file system.
set -eu

folder=$1
port=$((20000 + $$ % 20000))
SLURM_CONF=$folder/slurm.conf
export SLURM_CONF
PATH=$PATH:/usr/sbin:/sbin

main()
{
    mkdir -m 0755 "$folder/state" "$folder/munge" "$folder/log"
    write_configuration
    trap stop EXIT
    trap 'exit 1' HUP INT TERM
    start_munge
    slurmctld -D -c -f "$SLURM_CONF" >"$folder/log/ctld" 2>&1 </dev/null &
    controller=$!
    start_node n1 $((port + 1))
    node1=$!
    start_node n2 $((port + 2))
    node2=$!
    await
    echo ready
    cat >/dev/null
}

# Without cgroups, which a test machine may not give us: the plugin is named
# because slurmd wants one.
write_configuration()
{
    version=v1
    [ ! -e /sys/fs/cgroup/cgroup.controllers ] || version=v2
    printf '%s\n' "CgroupPlugin=cgroup/$version" ConstrainCores=no \
        ConstrainRAMSpace=no >"$folder/cgroup.conf"
    echo "PMIxCliTmpDirBase=/dev/shm" >"$folder/mpi.conf"
    { echo '127.0.0.1 n1 n2'; cat /etc/hosts; } >"$folder/hosts"
    {
        settings
        node_line n1 $((port + 1))
        node_line n2 $((port + 2))
        echo PartitionName=test Nodes=n1,n2 Default=YES MaxTime=INFINITE \
            OverSubscribe=FORCE:8 State=UP
    } >"$SLURM_CONF"
}

settings()
{
    cat <<END
ClusterName=chtest
SlurmctldHost=$(hostname -s)(127.0.0.1)
SlurmctldPort=$port
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$folder/munge/socket
CredType=cred/munge
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool.%n
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd.%n.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SlurmdParameters=config_overrides
SwitchType=switch/none
MpiDefault=none
KillWait=2
SchedulerParameters=sched_interval=1
END
}

node_line()
{
    mkdir "$folder/spool.$1"
    echo "NodeName=$1 NodeHostname=$1 NodeAddr=127.0.0.1 Port=$2 CPUs=4" \
        RealMemory=1000 State=UNKNOWN
}

start_munge()
{
    head -c 1024 /dev/urandom >"$folder/munge/key"
    chmod 0400 "$folder/munge/key"
    munged --foreground --force --key-file="$folder/munge/key" \
        --socket="$folder/munge/socket" --pid-file="$folder/munge/pid" \
        --log-file="$folder/munge/log" --seed-file="$folder/munge/seed" \
        >"$folder/log/munged" 2>&1 </dev/null &
    munge=$!
    wait_for test -S "$folder/munge/socket"
}

# What unshare(1) kills, when it is killed, is the first process of the node, and
# with that the kernel ends all others.
start_node()
{
    # shellcheck disable=SC2016 # the inner shell expands it
    unshare --mount --uts --ipc --pid --fork --kill-child --mount-proc sh -c '
        hostname "$1"
        mount -t tmpfs -o mode=1777 none /dev/shm
        mount --bind "$2/hosts" /etc/hosts
        exec slurmd -D -c -N "$1" -f "$2/slurm.conf"
        ' sh "$1" "$folder" >"$folder/log/$1" 2>&1 </dev/null &
}

await()
{
    wait_for all_idle
}

all_idle()
{
    [ "$(sinfo -h -N -o %T 2>/dev/null | grep -c '^idle')" = 2 ]
}

# wait_for COMMAND...: until it succeeds, a minute at most
wait_for()
{
    tries=0
    until "$@"; do
        tries=$((tries + 1))
        if [ $tries -gt 600 ]; then
            echo "slurm-cluster: error: no success: $*" >&2
            tail -n 5 "$folder"/log/* >&2
            exit 1
        fi
        sleep 0.1
    done
}

stop()
{
    trap '' HUP INT TERM
    kill -KILL ${node1:-} ${node2:-} ${controller:-} ${munge:-} || :
    wait || :
}

main
