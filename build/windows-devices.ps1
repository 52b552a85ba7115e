# Tells the station of sticks, phones and batteries on Windows: by CIM, phones through the shell as the file manager sees
# them. Asked and answering in lines of JSON on standard input and output, one question at a time:
#   {"id":1,"ask":"phones"}                              value: [{item,name,path}]
#   {"id":2,"ask":"list","item":1}                       part: {item,name,isFolder,bytes,modifiedMs} for each, value: how many
#   {"id":3,"ask":"find","item":5}                       value: {bytes,modifiedMs}, asked of the phone anew
#   {"id":4,"ask":"copy","item":5,"to":"C:\…","bytes":9} part: {copied,writing} twice a second, value: the bytes
#   {"id":5,"ask":"drives"}                              value: {disks:[…],volumes:[…]}, see Drives
#   {"id":6,"ask":"eject","letter":"E:"}                 value: whether the letter is gone
#   {"id":7,"ask":"battery"}                             value: [{status,charge}], numbers of Win32_Battery
#   {"id":8,"ask":"encryption","letter":"C:"}            value: the number of System.Volume.BitLockerProtection, or null
# or {"id":…,"failed":"gone" | "not-readable" | "disk-full" | "blind"}. An answer with the id 0 is "blind" for every
# question: this computer's policy lets this program do nothing.
# Nothing is ever written to a stick or a phone. The station ends this program when it hangs: a copy that the shell has
# begun cannot be stopped otherwise.
# Whatever stands outside of the "try" has to run in PowerShell's Constrained Language too.
$ErrorActionPreference = 'Stop'
try {
if ([string]$ExecutionContext.SessionState.LanguageMode -ne 'FullLanguage') { throw 'blind' }
$utf8 = New-Object System.Text.UTF8Encoding($false)
[Console]::OutputEncoding = $utf8
$questions = New-Object System.IO.StreamReader([Console]::OpenStandardInput(), $utf8)
$answers = New-Object System.IO.StreamWriter([Console]::OpenStandardOutput(), $utf8)
$answers.AutoFlush = $true

# Shell.Application, ShellSpecialFolderConstants: "This PC", whatever it is called in this language.
$drives = 17
# No progress window, yes to all, no question for folders, no window for errors.
$quietly = 4 + 16 + 512 + 1024
$items = @{}
$numbers = @{}

function Say($line) { $answers.WriteLine((ConvertTo-Json -InputObject $line -Compress -Depth 4)) }

# The same number for the same thing, for as long as this program runs.
function Number($entry, $parent) {
  $path = [string]$entry.Path
  if (-not $numbers.ContainsKey($path)) { $numbers[$path] = $numbers.Count + 1 }
  $number = $numbers[$path]
  $items[$number] = @{ Entry = $entry; Parent = $parent; Path = $path }
  return $number
}

function Item($number) {
  $known = $items[[int]$number]
  if ($null -eq $known) { throw 'gone' }
  return $known
}

# The name with its ending: .Name leaves out endings that Windows is set to hide.
function NameOf($entry) {
  $name = $entry.ExtendedProperty('System.FileName')
  if ([string]::IsNullOrEmpty($name)) { $name = $entry.Name }
  return [string]$name
}

function FactsOf($entry) {
  $size = $entry.ExtendedProperty('System.Size')
  $time = $entry.ExtendedProperty('System.DateModified')
  $bytes = [int64]0
  if ($null -ne $size) { $bytes = [int64]$size }
  $modified = [int64]0
  if ($time -is [DateTime]) {
    # Properties of the shell are in universal time.
    $modified = [int64](([DateTime]::SpecifyKind($time, 'Utc')) - ([DateTime]'1970-01-01')).TotalMilliseconds
  }
  return @{ bytes = $bytes; modifiedMs = $modified }
}

function Phones() {
  $found = @()
  foreach ($entry in $shell.NameSpace($drives).Items()) {
    # Sticks and disks are part of the file system; a phone is not, and its path names the USB device.
    if (-not $entry.IsFolder -or $entry.IsFileSystem) { continue }
    if ([string]$entry.Path -notmatch '\\\\\?\\(usb|wpdbusenumroot)#') { continue }
    $found += @{ item = (Number $entry $null); name = [string]$entry.Name; path = [string]$entry.Path }
  }
  return , $found
}

function List($id, $number) {
  $count = 0
  $folder = (Item $number).Entry.GetFolder
  if ($null -eq $folder) { throw 'gone' }
  foreach ($entry in $folder.Items()) {
    $facts = FactsOf $entry
    $part = @{
      item = (Number $entry $folder); name = (NameOf $entry); isFolder = [bool]$entry.IsFolder
      bytes = $facts.bytes; modifiedMs = $facts.modifiedMs
    }
    Say @{ id = $id; part = $part }
    $count += 1
  }
  return $count
}

# Looked for anew in its folder: what the shell told once it remembers.
function Find($number) {
  $known = Item $number
  if ($null -eq $known.Parent) { throw 'gone' }
  foreach ($entry in $known.Parent.Items()) {
    if ([string]$entry.Path -eq $known.Path) {
      $known.Entry = $entry
      return FactsOf $entry
    }
  }
  throw 'gone'
}

# Whether nobody has it open any more: the shell writes for as long as it has not let go of it.
function IsClosed($path) {
  try {
    [IO.File]::Open($path, 'Open', 'Read', 'None').Dispose()
    return $true
  } catch {
    return $false
  }
}

function Copy-Out($id, $number, $to, $bytes) {
  [void](Find $number)
  $target = $shell.NameSpace([string]$to)
  if ($null -eq $target) { throw 'disk-full' }
  # Comes back at once, tells nothing of how it goes, and never that it failed.
  $target.CopyHere((Item $number).Entry, $quietly)
  while ($true) {
    Start-Sleep -Milliseconds 500
    $file = Get-ChildItem -LiteralPath $to -File -Force | Select-Object -First 1
    $copied = [int64]0
    $closed = $false
    if ($null -ne $file) {
      $copied = [int64]$file.Length
      $closed = IsClosed $file.FullName
    }
    if ($closed -and $copied -eq [int64]$bytes) { return $copied }
    Say @{ id = $id; part = @{ copied = $copied; writing = ($null -ne $file -and -not $closed) } }
  }
}

# Numbers of MSFT_Disk, BusType: 7 USB, 12 SD, 13 MMC. Not every account may ask.
function Buses() {
  $buses = @{}
  try {
    Get-CimInstance -Namespace root/Microsoft/Windows/Storage -ClassName MSFT_Disk -OperationTimeoutSec 10 |
      ForEach-Object { $buses[[int]$_.Number] = [int]$_.BusType }
  } catch {
    $buses = @{}
  }
  return $buses
}

# When this device was plugged in: another moment is another plugging. Empty where Windows does not tell.
function Arrived($pnp) {
  try {
    $escaped = $pnp.Replace('\', '\\').Replace("'", "\'")
    $entity = Get-CimInstance -ClassName Win32_PnPEntity -Filter "DeviceID='$escaped'" -OperationTimeoutSec 10
    $keys = @{ devicePropertyKeys = [string[]]@('DEVPKEY_Device_LastArrivalDate') }
    $told = Invoke-CimMethod -InputObject $entity -MethodName GetDeviceProperties -Arguments $keys -OperationTimeoutSec 10
    $date = @($told.deviceProperties)[0].Data
    if ($date -is [DateTime]) { return [string]$date.ToUniversalTime().Ticks }
  } catch {
    return ''
  }
  return ''
}

# The shell's System.Volume.BitLockerProtection, which every account may read: 1 on, 2 off, 6 not unlocked.
function ProtectionOf($letter) {
  try {
    $number = $shell.NameSpace($drives).ParseName($letter + '\').ExtendedProperty('System.Volume.BitLockerProtection')
    if ($null -eq $number) { return $null }
    return [int]$number
  } catch {
    return $null
  }
}

function IsLocked($letter) { return (ProtectionOf $letter) -eq 6 }

# Disks with what their volumes are, never those of other computers: asking for these may take minutes.
function Drives() {
  $diskOf = @{}
  $numberOf = @{}
  foreach ($part in Get-CimInstance -ClassName Win32_DiskPartition -OperationTimeoutSec 10) {
    $numberOf[[string]$part.DeviceID] = [int]$part.DiskIndex
  }
  foreach ($link in Get-CimInstance -ClassName Win32_LogicalDiskToPartition -OperationTimeoutSec 10) {
    $diskOf[[string]$link.Dependent.DeviceID] = $numberOf[[string]$link.Antecedent.DeviceID]
  }
  $buses = Buses
  $disks = @()
  foreach ($disk in Get-CimInstance -ClassName Win32_DiskDrive -OperationTimeoutSec 10) {
    $bus = $buses[[int]$disk.Index]
    $outside = $disk.InterfaceType -eq 'USB' -or @(7, 12, 13) -contains $bus -or [string]$disk.MediaType -match 'Removable|External'
    $arrived = ''
    if ($outside) { $arrived = Arrived ([string]$disk.PNPDeviceID) }
    $disks += @{
      number = [int]$disk.Index; device = [string]$disk.DeviceID; model = [string]$disk.Model
      serial = [string]$disk.SerialNumber; bytes = [int64]$disk.Size; outside = [bool]$outside; arrived = $arrived
    }
  }
  $volumes = @()
  foreach ($volume in Get-CimInstance -ClassName Win32_LogicalDisk -Filter 'DriveType=2 OR DriveType=3' -OperationTimeoutSec 10) {
    $letter = [string]$volume.DeviceID
    $fileSystem = [string]$volume.FileSystem
    $locked = $false
    if ($fileSystem -eq '') { $locked = IsLocked $letter }
    $volumes += @{
      letter = $letter; disk = $diskOf[$letter]; label = [string]$volume.VolumeName
      serial = [string]$volume.VolumeSerialNumber; fileSystem = $fileSystem; locked = [bool]$locked
    }
  }
  return @{ disks = $disks; volumes = $volumes }
}

# A computer without one answers with an empty list.
function Batteries() {
  $found = @()
  foreach ($battery in Get-CimInstance -ClassName Win32_Battery -OperationTimeoutSec 10) {
    $found += @{ status = $battery.BatteryStatus; charge = $battery.EstimatedChargeRemaining }
  }
  return , $found
}

# The shell's own "Eject" tells nothing of how it went: the letter is gone, or it is not.
function Eject($letter) {
  $entry = $shell.NameSpace($drives).ParseName($letter + '\')
  if ($null -eq $entry) { throw 'gone' }
  $entry.InvokeVerb('Eject')
  foreach ($try in 1..24) {
    Start-Sleep -Milliseconds 250
    if (-not (Test-Path -LiteralPath ($letter + '\'))) { return $true }
  }
  return $false
}

try {
  $shell = New-Object -ComObject Shell.Application
} catch {
  # COM is switched off by a policy of this computer.
  $shell = $null
}

while ($null -ne ($line = $questions.ReadLine())) {
  if ($line.Trim() -eq '') { continue }
  $id = $null
  try {
    $question = ConvertFrom-Json $line
    $id = $question.id
    # By CIM these are told also where the shell may not be asked.
    if ($null -eq $shell -and @('drives', 'battery') -notcontains $question.ask) { throw 'blind' }
    $value = $null
    switch ($question.ask) {
      'phones' { $value = Phones }
      'list' { $value = List $id $question.item }
      'find' { $value = Find $question.item }
      'copy' { $value = Copy-Out $id $question.item $question.to $question.bytes }
      'drives' { $value = Drives }
      'battery' { $value = Batteries }
      'encryption' { $value = ProtectionOf ([string]$question.letter) }
      'eject' { $value = Eject ([string]$question.letter) }
      default { throw 'not-readable' }
    }
    Say @{ id = $id; value = $value }
  } catch {
    $why = [string]$_.Exception.Message
    if (@('gone', 'blind', 'disk-full') -notcontains $why) { $why = 'not-readable' }
    Say @{ id = $id; failed = $why }
  }
}
} catch {
  # By a cmdlet: the calls of .NET above are what may be forbidden.
  Write-Output '{"id":0,"failed":"blind"}'
}
