# Makes of quaymaster.service the template of one gateway for each user, so that both are hardened alike.
s/^Description=.*/& for %i/
s/^# The default configuration listens on this one; it/# The socket/
s/quaymaster\.socket/quaymaster@%i.socket/
s|^ExecStart=.*|# All instances share one configuration, in which each user is a tenant.\n& --config /etc/quaymaster/users.conf|
/^\[Install\]/,$d
