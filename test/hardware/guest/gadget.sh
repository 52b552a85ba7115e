#!/bin/bash
# A phone inside the guest, as Android makes one: a USB gadget whose MTP is answered by umtp-responder.
#   gadget.sh up FOLDER [CLASS SUBCLASS PROTOCOL VENDOR PRODUCT SERIAL] | plug | unplug | down
G=/sys/kernel/config/usb_gadget/phone
case $1 in
up)
  folder=$2 class=${3:-0x6} subclass=${4:-0x1} protocol=${5:-0x1} vendor=${6:-0x18d1} product=${7:-0x4ee1} serial=${8:-ANDROID-1}
  modprobe -a dummy_hcd libcomposite usb_f_fs
  mountpoint -q /sys/kernel/config || mount -t configfs none /sys/kernel/config
  mkdir -p $G && cd $G || exit 1
  echo $vendor >idVendor; echo $product >idProduct; echo 0x0200 >bcdUSB
  mkdir -p strings/0x409 configs/c.1/strings/0x409 functions/ffs.mtp
  echo "$serial" >strings/0x409/serialnumber; echo Google >strings/0x409/manufacturer; echo "Pixel 7" >strings/0x409/product
  echo mtp >configs/c.1/strings/0x409/configuration; ln -sf $G/functions/ffs.mtp configs/c.1/
  mkdir -p /dev/ffs-mtp /etc/umtprd; mount -t functionfs mtp /dev/ffs-mtp
  cat >/etc/umtprd/umtprd.conf <<C
loop_on_disconnect 1
storage "$folder" "Internal shared storage" "rw"
manufacturer "Google"
product "Pixel 7"
serial "$serial"
firmware_version "1.0"
interface "MTP"
usb_vendor_id $vendor
usb_product_id $product
usb_class $class
usb_subclass $subclass
usb_protocol $protocol
usb_dev_version 0x0100
usb_functionfs_mode 0x1
usb_dev_path "/dev/ffs-mtp/ep0"
usb_epin_path "/dev/ffs-mtp/ep1"
usb_epout_path "/dev/ffs-mtp/ep2"
usb_epint_path "/dev/ffs-mtp/ep3"
usb_max_packet_size 0x200
C
  umtprd >/tmp/umtprd.log 2>&1 </dev/null &
  for i in $(seq 1 50); do [ -e /dev/ffs-mtp/ep1 ] && break; sleep 0.1; done ;;
plug) ls /sys/class/udc | grep dummy | head -1 >$G/UDC ;;
unplug) echo "" >$G/UDC ;;
down)
  [ -z "$(cat $G/UDC)" ] || echo "" >$G/UDC
  kill -9 $(pidof umtprd); sleep 0.5; umount /dev/ffs-mtp
  rm $G/configs/c.1/ffs.mtp
  rmdir $G/configs/c.1/strings/0x409 $G/configs/c.1 $G/functions/ffs.mtp $G/strings/0x409 $G ;;
esac
