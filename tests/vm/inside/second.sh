# Still the first process inside, on the host's own root now: run the one command, tell its output and its exit status, and go.
exec </dev/null
job=$1
. "$job/settings"
# Ports appear a little after the driver; their numbers are fixed, the device's is not.
for number in 1 2; do
  for _ in $(seq 500); do
    for port in /dev/vport*p$number; do [ -c "$port" ] && break 2; done
    sleep 0.01
  done
done
ports=$(echo /dev/vport*p1)
ports=${ports%1}
ip link set lo up
echo svcc-vm >/proc/sys/kernel/hostname
# What tests load anyway, at once: each module that nf_tables asks for by itself makes it start its transaction anew.
modprobe -a ip_vs nf_tables nft_chain_nat nft_ct nft_fib_ipv4 nft_fib_ipv6 nft_masq nft_nat nft_reject_ipv4 nft_reject_ipv6 \
  nft_hash nft_numgen nf_conntrack_netlink dummy veth bridge sctp
setsid -w bash "$job/command" >"${ports}1" 2>&1
echo $? >"${ports}2"
echo o >/proc/sysrq-trigger
sleep 60
