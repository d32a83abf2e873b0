# Sourced: a Debian root of one's own, in the folder $scratch, which the caller has made. What is in one cannot come from
# this machine by chance.
suite=bookworm

# As many words as it looks: nothing of this machine's environment goes in. CI: a test that is skipped for want of
# something fails here, where all was installed for it.
inside='env -i CI=true PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 TERM=dumb chroot'

# Nothing may be removed below a folder that is still mounted: it would be this machine's own /dev.
unmount() {
    for place in "$1/dev" "$1/proc"; do
        ! mountpoint -q "$place" || umount "$place" || umount -l "$place"
    done
}

remove_root() {
    unmount "$1"
    ! mountpoint -q "$1/dev" && ! mountpoint -q "$1/proc" && rm -rf --one-file-system "$1"
}

# The mirror that apt here takes this suite from, in either of the two forms that its lists have.
mirror() {
    # shellcheck disable=SC2016 # the dollars are apt's
    found=$(apt-get indextargets --format '$(SITE) $(CODENAME) $(ORIGIN)' "Created-By: Packages" |
        awk -v suite="$suite" '$2 == suite && $3 == "Debian" { print $1; exit }')
    echo "${found:-http://deb.debian.org/debian}"
}

# Apt's own way out, where this machine needs one, is the new root's too, and the certificates that this machine trusts
# beside Debian's: a proxy may sign with one of them, and npm would refuse it.
copy_network() {
    cp /etc/resolv.conf "$1/etc/resolv.conf"
    apt-config dump --no-empty --format '%F "%v";%n' Acquire::http::Proxy Acquire::https::Proxy \
        >"$1/etc/apt/apt.conf.d/90proxy"
    [ ! -d /usr/local/share/ca-certificates ] ||
        cp -RL /usr/local/share/ca-certificates "$1/usr/local/share/"
}

# Debian's installer and its container images give every machine this file; debootstrap leaves it out.
name_localhost() {
    printf '127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n' >"$1/etc/hosts"
}

# $scratch/base: the least that is a Debian. False: the log's end stands on stderr.
make_base() {
    debootstrap --variant=minbase "$suite" "$scratch/base" "$(mirror)" >"$scratch/debootstrap.log" 2>&1 || {
        tail -n 20 "$scratch/debootstrap.log" >&2
        return 1
    }
}

# Gives a root what a machine has beside its disk.
furnish_root() {
    copy_network "$1"
    name_localhost "$1"
    mount -t proc proc "$1/proc"
    mount --bind /dev "$1/dev"
}
